import CLinux
import CommandSupport
import EngineProtocol
import Glibc
import WeightFormats

/// A model's files, copied into sealed memory that a worker can be handed.
final class ModelFiles {
    private struct Copy {
        let file: LoadRequest.File
        let descriptor: Int32
    }

    private var copies: [Copy] = []
    private let container: LoadRequest.Container

    /// - Parameter path: a weight file, or a folder.
    init(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(operation: .read, path: path, reason: String(cString: strerror(errno))) }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let folder = isFolder ? path + "/" : path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        let weights = isFolder ? try Files.names(in: path).filter(WeightContainer.isNamed).map { folder + $0 } : [path]
        guard let first = weights.first else {
            throw FileError(operation: .read, path: path, reason: "no .gguf or .safetensors file is in the folder")
        }
        if case .gguf = try WeightContainer.open(MappedFile(path: first)) { container = .gguf } else { container = .safetensors }
        for file in weights { try add(.weights, file) }
        guard container == .safetensors else { return }
        for name in try Files.names(in: folder) {
            // The index of a folder says nothing of one file by itself.
            if let role = LoadRequest.Role(fileName: name), isFolder || role != .weightsIndex { try add(role, folder + name) }
        }
    }

    deinit { for copy in copies { close(copy.descriptor) } }

    var descriptors: [Int32] { copies.map(\.descriptor) }
    var weightBytes: Int { copies.reduce(0) { $0 + ($1.file.role == .weights ? $1.file.size : 0) } }
    var allBytes: Int { copies.reduce(0) { $0 + $1.file.size } }

    func request(threads: Int, maximumContextTokens: Int?) -> LoadRequest {
        LoadRequest(
            container: container, files: copies.map(\.file), threads: threads,
            maximumContextTokens: maximumContextTokens)
    }

    private func add(_ role: LoadRequest.Role, _ path: String) throws {
        guard copies.count < WireLimits.descriptors else {
            throw FileError(operation: .read, path: path, reason: "a model in more than \(WireLimits.descriptors) files is not handed over")
        }
        let file = try MappedFile(path: path)
        let descriptor = assay_memfd_create("assay-model")
        guard descriptor >= 0 else { throw Self.failure(path, -descriptor) }
        let name = path.split(separator: "/").last.map(String.init)
        copies.append(Copy(file: .init(role: role, name: name, size: file.count), descriptor: descriptor))
        var rest = file.bytes
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, min(rest.count, 1 << 30))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path, errno) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        let sealed = assay_memfd_seal(descriptor)
        guard sealed == 0 else { throw Self.failure(path, -sealed) }
    }

    private static func failure(_ path: String, _ number: Int32) -> FileError {
        FileError(operation: .read, path: path, reason: "it cannot be copied into sealed memory: \(String(cString: strerror(number)))")
    }
}
