import CanonicalEncoding

/// Asks for weight files to be parsed and kept for looking into, from sealed memfds that travel with the frame. No model
/// is made of them. What was open before is closed.
package struct OpenWeightsRequest: Hashable, Sendable {
    /// Files that can be open at once: a second one to compare with.
    package static let maximumFiles = 2

    /// Bytes of each file, in the order of the descriptors.
    package var sizes: [Int]
    /// Threads that sums are spread over. They decide no result.
    package var threads: Int

    package init(sizes: [Int], threads: Int) {
        self.sizes = sizes
        self.threads = threads
    }
}

/// The tables of the files that were opened. Every string was written by whoever made the files.
package struct WeightTables: Hashable, Sendable {
    package var files: [[ModelInformation.Tensor]]

    package init(files: [[ModelInformation.Tensor]]) { self.files = files }
}

extension OpenWeightsRequest: WireMessage {
    package var json: JSONValue { ["sizes": .tokens(sizes), "threads": .count(threads)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["sizes", "threads"])
        let list = try field.field("sizes")
        var sizes: [Int] = []
        for size in try list.array(maxCount: Self.maximumFiles) { sizes.append(try size.count(in: 0...WireLimits.integer)) }
        guard !sizes.isEmpty else { throw list.failure("no file is named") }
        self.init(sizes: sizes, threads: try field.field("threads").count(in: 1...1024))
    }
}

extension WeightTables: WireMessage {
    package var json: JSONValue { ["files": .array(files.map { .array(of: $0) })] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["files"])
        var files: [[ModelInformation.Tensor]] = []
        for file in try field.field("files").array(maxCount: OpenWeightsRequest.maximumFiles) {
            files.append(try ModelInformation.Tensor.array(file, maxCount: 65_536))
        }
        self.init(files: files)
    }
}
