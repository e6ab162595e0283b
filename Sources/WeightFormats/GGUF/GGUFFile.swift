/// A GGUF file, version 2 or 3, little-endian (ggml's `docs/gguf.md`).
///
/// Stricter than ggml where that costs no real file anything: tensors may lie in any order, but not overlap,
/// and no bytes beyond alignment padding may lie between or after them.
package struct GGUFFile: Sendable {
    static let magic: [UInt8] = Array("GGUF".utf8)
    static let maximumMetadata = 1 << 16
    /// The specification's limits.
    static let maximumKeyBytes = 65535
    static let maximumNameBytes = 64
    static let maximumDimensions = 4

    package let file: MappedFile
    package let version: UInt32
    /// `general.alignment`, else 32.
    package let alignment: Int
    /// Where the tensors' bytes start.
    package let dataOffset: Int
    /// Keys are printable ASCII, so that string equality is byte equality.
    package let metadata: [String: GGUFValue]
    /// The keys in the file's order.
    package let metadataKeys: [String]
    /// Nil where it does not say that it was split.
    package let split: GGUFSplit?
    package let tensors: [TensorInfo]

    package init(_ file: MappedFile) throws(WeightError) {
        self.file = file
        guard file.count > 0 else { throw WeightError(.emptyFile, "the file is empty; copy it again") }
        guard file.bytes.starts(with: Self.magic) else {
            throw WeightError(.unknownFormat, "not a GGUF file: it does not start with the bytes GGUF", offset: 0)
        }
        var reader = GGUFReader(file)
        try reader.skip(4, "the magic")
        version = try Self.readVersion(&reader)
        // At the least: a name's length and one byte, a dimension count, a type, an offset.
        let tensorCount = try reader.count(
            of: "tensors", minimumBytes: 25, maximum: TensorRules.maximumTensors)
        // At the least: a key's length and one byte, a type, a value of one byte.
        let metadataCount = try reader.count(
            of: "metadata values", minimumBytes: 14, maximum: Self.maximumMetadata)
        (metadata, metadataKeys) = try Self.readMetadata(&reader, count: metadataCount)
        alignment = try Self.alignment(metadata["general.alignment"])
        split = try GGUFSplit(metadata)

        let entries = try Self.readTensorEntries(&reader, count: tensorCount)
        // No overflow: the offset is below the size of a mapped file, and the alignment at most 65536.
        let start = (reader.offset + alignment - 1) / alignment * alignment
        // A file without tensors need not be padded.
        dataOffset = entries.isEmpty ? min(start, file.count) : start
        var tensors: [TensorInfo] = []
        tensors.reserveCapacity(entries.count)
        for entry in entries {
            tensors.append(try entry.located(dataOffset: start, alignment: alignment, fileSize: file.count))
        }
        self.tensors = tensors
        try TensorRules.checkCoverage(of: dataOffset..<max(dataOffset, file.count), by: tensors, slack: alignment)
    }

    /// The stored bytes of one of this file's own tensors, valid for as long as `file` lives.
    package func bytes(of tensor: TensorInfo) -> UnsafeRawBufferPointer {
        WeightContainer.gguf(self).bytes(of: tensor)
    }

    private static func readVersion(_ reader: inout GGUFReader) throws(WeightError) -> UInt32 {
        let start = reader.offset
        let version = try reader.integer(UInt32.self, "the version")
        // A big-endian 2 or 3 read the wrong way round has nothing in its lower half.
        guard version & 0xffff != 0 || version == 0 else {
            throw WeightError(
                .bigEndian, "this GGUF file is big-endian; convert it to little-endian (gguf's convert-endian script)",
                offset: start)
        }
        guard version == 2 || version == 3 else {
            throw WeightError(
                .unsupportedVersion, "GGUF version \(version) is not read, only 2 and 3; convert the file again",
                offset: start)
        }
        return version
    }

    private static func readMetadata(
        _ reader: inout GGUFReader, count: Int
    ) throws(WeightError) -> ([String: GGUFValue], [String]) {
        var values: [String: GGUFValue] = [:]
        var keys: [String] = []
        for _ in 0..<count {
            let start = reader.offset
            let key = try reader.name("a metadata key", maximum: maximumKeyBytes)
            guard values[key] == nil else {
                throw WeightError(
                    .duplicateKey, "this metadata key stands twice, so programs would disagree on its value",
                    offset: start, key: key)
            }
            let type = try reader.valueType(key: key)
            values[key] = try reader.value(type, key: key)
            keys.append(key)
        }
        return (values, keys)
    }

    private static func alignment(_ value: GGUFValue?) throws(WeightError) -> Int {
        guard let value else { return 32 }
        guard case .uint32(let alignment) = value, (8...65536).contains(alignment), alignment.nonzeroBitCount == 1 else {
            throw WeightError(
                .badAlignment, "must be a 32-bit unsigned power of two from 8 to 65536", key: "general.alignment")
        }
        return Int(alignment)
    }

    private static func readTensorEntries(
        _ reader: inout GGUFReader, count: Int
    ) throws(WeightError) -> [GGUFTensorEntry] {
        var entries: [GGUFTensorEntry] = []
        var names: Set<String> = []
        for _ in 0..<count {
            let entry = try GGUFTensorEntry(&reader)
            guard names.insert(entry.name).inserted else {
                throw WeightError(
                    .duplicateTensor, "this tensor name stands twice, so programs would disagree on which is meant",
                    offset: entry.entryOffset, tensor: entry.name)
            }
            entries.append(entry)
        }
        return entries
    }
}
