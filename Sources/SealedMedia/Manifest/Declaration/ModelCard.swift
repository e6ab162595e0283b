import CanonicalEncoding

extension Declaration {
    /// What a model card says that an auditor asks first; at least one of the members.
    package struct Card: Hashable, Sendable {
        /// What goes in and comes out.
        package enum Modality: String, Hashable, Sendable, CaseIterable {
            case text, image, audio, video
        }

        static let maximumLanguages = 64

        /// The languages that it is meant to be used in, as BCP 47 tags such as `en` and `pt-BR`.
        package var languages: [String]
        package var modalities: [Modality]
        package var intendedUse: String?
        /// Uses that the lab says it is not for.
        package var outOfScope: String?
        /// Known limitations and risks.
        package var limitations: String?

        package init(
            languages: [String] = [], modalities: [Modality] = [], intendedUse: String? = nil, outOfScope: String? = nil,
            limitations: String? = nil
        ) {
            (self.languages, self.modalities) = (languages, modalities)
            (self.intendedUse, self.outOfScope, self.limitations) = (intendedUse, outOfScope, limitations)
        }

        init(_ field: JSONField) throws(JSONFieldError) {
            try field.allow(only: ["intendedUse", "languages", "limitations", "modalities", "outOfScope"])
            languages = try Declaration.list(field.optional("languages"), maxCount: Self.maximumLanguages) { tag throws(JSONFieldError) in
                let text = try tag.string(maxBytes: 64)
                guard Self.isLanguageTag(text) else { throw tag.failure("a BCP 47 language tag was expected, such as \"en\" or \"pt-BR\"") }
                return text
            }
            modalities = try Declaration.list(field.optional("modalities"), maxCount: Modality.allCases.count) { word throws(JSONFieldError) in
                guard let modality = Modality(rawValue: try word.string(maxBytes: 32)) else {
                    throw word.failure("one of \(Modality.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
                }
                return modality
            }
            intendedUse = try Self.paragraph(field, "intendedUse")
            outOfScope = try Self.paragraph(field, "outOfScope")
            limitations = try Self.paragraph(field, "limitations")
            guard self != Card() else {
                throw field.failure("one of languages, modalities, intendedUse, outOfScope, limitations was expected at least; leave it out where nothing is stated")
            }
        }

        var json: JSONValue {
            var object = JSONObject()
            if !languages.isEmpty { object["languages"] = .array(languages.map { .string($0) }) }
            if !modalities.isEmpty { object["modalities"] = .array(modalities.map { .string($0.rawValue) }) }
            for (name, text) in [("intendedUse", intendedUse), ("outOfScope", outOfScope), ("limitations", limitations)] {
                if let text { object[name] = .string(text) }
            }
            return .object(object)
        }

        private static func paragraph(_ field: JSONField, _ name: String) throws(JSONFieldError) -> String? {
            try field.optional(name).map { text throws(JSONFieldError) in
                try Declaration.text(text, maxBytes: 4096, linesAllowed: true)
            }
        }

        /// The shape of RFC 5646, section 2.1: a language of two or three letters, then subtags of up to eight letters and
        /// digits. Whether they are registered is not asked.
        private static func isLanguageTag(_ text: String) -> Bool {
            func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
            func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
            let subtags = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            return text.utf8.count <= 35 && (2...3).contains(subtags[0].count) && subtags[0].allSatisfy(isLetter)
                && subtags.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy { isLetter($0) || isDigit($0) } }
        }
    }
}
