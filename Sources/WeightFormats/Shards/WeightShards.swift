/// A model's weight files, one or many, held against each other and against the index beside them: together they are one
/// table of tensors.
///
/// Only names, counts and sizes are looked at, so that it serves wherever the files' headers were read.
package struct WeightShards: Sendable {
    /// What a file's header says.
    package struct File: Sendable {
        /// Within the submission, with `/` between folders.
        package let path: String
        package let isGGUF: Bool
        /// Of GGUF, where it says so.
        package let split: GGUFSplit?
        package let tensors: [String]
        /// Of all these tensors together.
        package let bytes: Int

        /// - Parameter sizes: in bytes, of the tensors one by one.
        package init(path: String, isGGUF: Bool, split: GGUFSplit?, tensors: [String], sizes: [Int]) {
            (self.path, self.isGGUF, self.split, self.tensors, bytes) = (path, isGGUF, split, tensors, WeightShards.sum(sizes))
        }

        package init(path: String, _ container: WeightContainer) {
            let (tensors, sizes) = (container.tensors.map(\.name), container.tensors.map(\.byteRange.count))
            switch container {
            case .gguf(let file): self.init(path: path, isGGUF: true, split: file.split, tensors: tensors, sizes: sizes)
            case .safetensors: self.init(path: path, isGGUF: false, split: nil, tensors: tensors, sizes: sizes)
            }
        }
    }

    package struct Index: Sendable {
        package let path: String
        package let index: SafetensorsIndex

        package init(path: String, _ index: SafetensorsIndex) { (self.path, self.index) = (path, index) }

        package init(path: String, json: [UInt8]) throws(ShardError) {
            do throws(ShardError) { self.init(path: path, try SafetensorsIndex(json: json)) } catch { throw error.of(file: path) }
        }

        /// A file that the index names, as a path within the submission.
        fileprivate func path(of name: String) -> String { path.lastIndex(of: "/").map { path[...$0] + name } ?? name }
    }

    /// The numbers of the files in the order of their parts: as splits are numbered, else by name.
    package let order: [Int]

    /// - Parameter files: at least one.
    /// - Throws: where they are not one whole model.
    package init(_ files: [File], index: Index? = nil) throws(ShardError) {
        guard Set(files.map(\.isGGUF)).count <= 1 else {
            throw ShardError(.mixedFormats, "GGUF and safetensors files lie side by side; submit the model in one format")
        }
        try Self.checkNames(files)
        let isGGUF = files.first?.isGGUF ?? false
        if isGGUF {
            try Self.checkSplits(files)
        }
        order = files.indices.sorted { one, other in
            let numbers = (files[one].split?.number ?? 0, files[other].split?.number ?? 0)
            return numbers.0 == numbers.1 ? files[one].path.utf8.lexicographicallyPrecedes(files[other].path.utf8) : numbers.0 < numbers.1
        }
        let places = try Self.places(files, order)
        guard let index else { return }
        guard !isGGUF else {
            throw ShardError(.indexMisplaced, "an index of safetensors files lies beside GGUF files; leave it out", file: index.path)
        }
        try Self.check(index, files, places)
    }

    // MARK: Parts

    /// Names that number parts number all of them.
    private static func checkNames(_ files: [File]) throws(ShardError) {
        var parts: [String: [(file: File, name: PartName)]] = [:]
        for file in files {
            if let name = PartName(file.path) { parts[name.stem + "*" + name.suffix, default: []].append((file: file, name: name)) }
        }
        for (_, group) in parts.sorted(by: { $0.key < $1.key }) {
            guard let first = group.first else { continue }
            for part in group {
                guard part.name.count == first.name.count, (1...first.name.count).contains(part.name.number) else {
                    throw ShardError(
                        .partNumbers, "its name makes it part \(part.name.number) of \(part.name.count), where "
                            + "\(first.file.path) is one of \(first.name.count)", file: part.file.path)
                }
            }
            var there: [Int: String] = [:]
            for part in group {
                // Two spellings of a number, as 00001 and 000001.
                if let other = there.updateValue(part.file.path, forKey: part.name.number) {
                    throw ShardError(
                        .partNumbers, "its name makes it part \(part.name.number), as that of \(other) does", file: part.file.path)
                }
            }
            guard group.count == first.name.count else {
                let missing = (1...first.name.count).first { there[$0] == nil } ?? 0
                throw ShardError(
                    .shardMissing, "its name makes it one of \(first.name.count) parts; \(group.count) are here, and part \(missing) "
                        + "is not", file: first.file.path)
            }
        }
    }

    private static func checkSplits(_ files: [File]) throws(ShardError) {
        // What was merged again says 0, and what was never cut may say 1.
        guard files.count > 1 || files.contains(where: { $0.split.map { $0.count > 1 } ?? false }) else { return }
        var numbers: [Int: String] = [:]
        let found = files.reduce(0) { $0 + $1.tensors.count }
        for file in files {
            guard let split = file.split, split.count > 0 else {
                throw ShardError(
                    .shardUnknown, "one of \(files.count) GGUF files, and no part of a split model: it has no split.count", file: file.path)
            }
            guard split.count == files.count else {
                throw ShardError(
                    split.count > files.count ? .shardMissing : .partNumbers,
                    "split.count says that there are \(split.count) parts; \(files.count) are here", file: file.path)
            }
            guard split.number < split.count else {
                throw ShardError(.partNumbers, "split.no is \(split.number), where \(split.count) parts are counted from 0", file: file.path)
            }
            if let other = numbers.updateValue(file.path, forKey: split.number) {
                throw ShardError(.partNumbers, "split.no is \(split.number), as in \(other)", file: file.path)
            }
            if let name = PartName(file.path), name.number != split.number + 1 || name.count != split.count {
                throw ShardError(
                    .partNumbers, "split.no and split.count make it part \(split.number + 1) of \(split.count), its name part "
                        + "\(name.number) of \(name.count)", file: file.path)
            }
            guard split.tensors == found else {
                throw ShardError(
                    .tensorCount, "split.tensors.count says that all parts together have \(split.tensors) tensors; they have \(found)",
                    file: file.path)
            }
        }
    }

    // MARK: Tensors

    /// The file that holds each tensor.
    private static func places(_ files: [File], _ order: [Int]) throws(ShardError) -> [String: Int] {
        var places: [String: Int] = [:]
        for number in order {
            for tensor in files[number].tensors {
                if let other = places.updateValue(number, forKey: tensor) {
                    throw ShardError(
                        .tensorTwice, "this tensor lies in \(files[other].path) too, so programs would disagree on which is meant",
                        file: files[number].path, tensor: tensor)
                }
            }
        }
        guard places.count <= TensorRules.maximumTensors else {
            throw ShardError(.tooManyTensors, "\(places.count) tensors in all files; at most \(TensorRules.maximumTensors) are read")
        }
        return places
    }

    private static func check(_ index: Index, _ files: [File], _ places: [String: Int]) throws(ShardError) {
        let numbers = Dictionary(files.enumerated().map { ($0.element.path, $0.offset) }) { one, _ in one }
        var named: Set<String> = [], used: Set<Int> = []
        for entry in index.index.entries {
            let path = index.path(of: entry.file)
            guard let number = numbers[path] else {
                throw ShardError(
                    .shardMissing, "the index puts this tensor into \(path), which is not among the weight files", file: index.path,
                    tensor: entry.tensor)
            }
            guard let place = places[entry.tensor] else {
                throw ShardError(
                    .tensorMissing, "the index (\(index.path)) puts this tensor into the file, and it does not hold it", file: path,
                    tensor: entry.tensor)
            }
            guard place == number else {
                throw ShardError(
                    .tensorMisplaced, "the index (\(index.path)) puts this tensor into \(path); it lies in another file",
                    file: files[place].path, tensor: entry.tensor)
            }
            named.insert(entry.tensor)
            used.insert(number)
        }
        for (number, file) in files.enumerated() {
            if let tensor = file.tensors.first(where: { !named.contains($0) }) {
                throw ShardError(
                    .tensorUnknown, "the index (\(index.path)) does not name this tensor, so programs would leave it out",
                    file: file.path, tensor: tensor)
            }
            guard used.contains(number) else {
                throw ShardError(.shardUnknown, "the index (\(index.path)) does not name this file", file: file.path)
            }
        }
        let bytes = sum(files.map(\.bytes))
        if let stated = index.index.totalSize, stated != bytes {
            throw ShardError(
                .totalSize, "the index says that all tensors together have \(stated) bytes (metadata.total_size); they have \(bytes). "
                    + "Correct it, or leave it out", file: index.path)
        }
    }

    /// A header can name sizes whose sum is no number: then it is more than any index says.
    private static func sum(_ sizes: [Int]) -> Int {
        sizes.reduce(0) { sum, size in
            let (sum, overflow) = sum.addingReportingOverflow(size)
            return overflow ? .max : sum
        }
    }
}
