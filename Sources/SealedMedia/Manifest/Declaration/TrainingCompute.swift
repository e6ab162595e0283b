import CanonicalEncoding

extension Declaration {
    /// What the training took; at least one of the members.
    package struct Training: Hashable, Sendable {
        /// Floating-point operations in all, as decimal text such as `3.2e24`: canonical JSON has no numbers of that size.
        package var flop: String?
        /// Which accelerators and how many, such as `512 x H100`.
        package var accelerators: String?
        /// Of all accelerators together.
        package var acceleratorHours: Int64?
        /// The day on which training, and with it what the model can know, ended: `2029-11-30`.
        package var ended: String?

        package init(flop: String? = nil, accelerators: String? = nil, acceleratorHours: Int64? = nil, ended: String? = nil) {
            (self.flop, self.accelerators, self.acceleratorHours, self.ended) = (flop, accelerators, acceleratorHours, ended)
        }

        init(_ field: JSONField) throws(JSONFieldError) {
            try field.allow(only: ["acceleratorHours", "accelerators", "ended", "flop"])
            if let flop = try field.optional("flop") {
                let text = try flop.string(maxBytes: 32)
                guard Self.isCount(text) else {
                    throw flop.failure("a count in decimal was expected, not zero and without leading zeros, such as \"3.2e24\"")
                }
                self.flop = text
            }
            accelerators = try field.optional("accelerators").map { text throws(JSONFieldError) in
                try Declaration.text(text, maxBytes: 128)
            }
            acceleratorHours = try field.optional("acceleratorHours")?.integer(in: 1...1_000_000_000_000)
            if let ended = try field.optional("ended") {
                let text = try ended.string(maxBytes: 16)
                guard MediaTime.isDate(text) else { throw ended.failure("a day as \"2029-11-30\" was expected") }
                self.ended = text
            }
            guard self != Training() else {
                throw field.failure("one of flop, accelerators, acceleratorHours, ended was expected at least; leave it out where nothing is stated")
            }
        }

        var json: JSONValue {
            var object = JSONObject()
            for (name, text) in [("flop", flop), ("accelerators", accelerators), ("ended", ended)] {
                if let text { object[name] = .string(text) }
            }
            if let acceleratorHours { object["acceleratorHours"] = .integer(acceleratorHours) }
            return .object(object)
        }

        /// `[1-9][0-9]*(\.[0-9]+)?(e[1-9][0-9]?)?`
        private static func isCount(_ text: String) -> Bool {
            let parts = text.utf8.split(separator: UInt8(ascii: "e"), maxSplits: 1, omittingEmptySubsequences: false)
            let numbers = parts[0].split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
            func isDigits(_ bytes: Substring.UTF8View) -> Bool {
                !bytes.isEmpty && bytes.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
            let exponent = parts.dropFirst()
            return numbers.allSatisfy(isDigits) && numbers[0].first != UInt8(ascii: "0")
                && exponent.allSatisfy { isDigits($0) && $0.count <= 2 && $0.first != UInt8(ascii: "0") }
        }
    }
}
