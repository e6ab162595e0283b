import CanonicalEncoding

/// Asks for weight files to be parsed and kept for looking into, from sealed memfds that travel with the frame. No model
/// is made of them. What was open before is closed.
package struct OpenWeightsRequest: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        /// Bytes of the whole file, and of its descriptor.
        package var size: Int
        /// The stretches of it that were handed over, in order and apart; the rest of the descriptor is a hole. The engine
        /// reads nothing else.
        package var present: [Range<Int>]

        package init(size: Int, present: [Range<Int>]) {
            self.size = size
            self.present = present
        }

        /// All of it.
        package init(size: Int) { self.init(size: size, present: size > 0 ? [0..<size] : []) }
    }

    /// Files that can be open at once: a second one to compare with.
    package static let maximumFiles = 2
    package static let maximumStretches = 4096

    /// In the order of the descriptors.
    package var files: [File]
    /// Threads that sums are spread over. They decide no result.
    package var threads: Int

    package init(files: [File], threads: Int) {
        self.files = files
        self.threads = threads
    }
}

/// The tables of the files that were opened. Every string was written by whoever made the files.
package struct WeightTables: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        /// Where a GGUF file stands among those that a model was split into, by its own word.
        package struct Split: Hashable, Sendable {
            package var number: Int
            package var count: Int
            package var tensors: Int

            package init(number: Int, count: Int, tensors: Int) { (self.number, self.count, self.tensors) = (number, count, tensors) }
        }

        package var isGGUF: Bool
        /// How far the header goes: with these bytes alone the table can be read.
        package var headerBytes: Int
        package var split: Split?
        package var tensors: [ModelInformation.Tensor]
        /// Where each tensor's bytes start in the file.
        package var offsets: [Int]

        package init(isGGUF: Bool, headerBytes: Int, split: Split? = nil, tensors: [ModelInformation.Tensor], offsets: [Int]) {
            self.isGGUF = isGGUF
            self.headerBytes = headerBytes
            self.split = split
            self.tensors = tensors
            self.offsets = offsets
        }
    }

    package var files: [File]

    package init(files: [File]) { self.files = files }
}

extension OpenWeightsRequest: WireMessage {
    package var json: JSONValue { ["files": .array(of: files), "threads": .count(threads)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["files", "threads"])
        let list = try field.field("files")
        let files = try File.array(list, maxCount: Self.maximumFiles)
        guard !files.isEmpty else { throw list.failure("no file is named") }
        self.init(files: files, threads: try field.field("threads").count(in: 1...1024))
    }
}

extension OpenWeightsRequest.File: WireMessage {
    package var json: JSONValue {
        ["size": .count(size), "present": .array(present.map { .tokens([$0.lowerBound, $0.upperBound]) })]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["size", "present"])
        let size = try field.field("size").count(in: 0...WireLimits.integer)
        var present: [Range<Int>] = []
        for stretch in try field.field("present").array(maxCount: OpenWeightsRequest.maximumStretches) {
            let ends = try stretch.array(maxCount: 2)
            guard ends.count == 2 else { throw stretch.failure("a first byte and the one after the last were expected") }
            let (start, end) = (try ends[0].count(in: 0...size), try ends[1].count(in: 0...size))
            guard start < end, start >= present.last?.upperBound ?? 0 else {
                throw stretch.failure("stretches follow each other, and none is empty")
            }
            present.append(start..<end)
        }
        self.init(size: size, present: present)
    }
}

extension WeightTables: WireMessage {
    package var json: JSONValue { ["files": .array(of: files)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["files"])
        self.init(files: try File.array(field.field("files"), maxCount: OpenWeightsRequest.maximumFiles))
    }
}

extension WeightTables.File: WireMessage {
    private static let maximumTensors = 65_536

    package var json: JSONValue {
        var object: JSONObject = [
            "isGGUF": .bool(isGGUF), "headerBytes": .count(headerBytes), "tensors": .array(of: tensors), "offsets": .tokens(offsets),
        ]
        object["split"] = split.map { .tokens([$0.number, $0.count, $0.tensors]) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["isGGUF", "headerBytes", "split", "tensors", "offsets"])
        let tensors = try ModelInformation.Tensor.array(field.field("tensors"), maxCount: Self.maximumTensors)
        let list = try field.field("offsets")
        var offsets: [Int] = []
        for offset in try list.array(maxCount: Self.maximumTensors) { offsets.append(try offset.count(in: 0...WireLimits.integer)) }
        guard offsets.count == tensors.count else { throw list.failure("\(offsets.count) offsets for \(tensors.count) tensors") }
        var split: Split?
        if let numbers = try field.optional("split") {
            var integers: [Int] = []
            for number in try numbers.array(maxCount: 3) { integers.append(try number.count(in: 0...WireLimits.integer)) }
            guard integers.count == 3 else { throw numbers.failure("three numbers were expected") }
            split = Split(number: integers[0], count: integers[1], tensors: integers[2])
        }
        self.init(
            isGGUF: try field.field("isGGUF").bool(), headerBytes: try field.field("headerBytes").count(in: 0...WireLimits.integer),
            split: split, tensors: tensors, offsets: offsets)
    }
}
