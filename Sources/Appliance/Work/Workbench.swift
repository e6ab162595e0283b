import CanonicalEncoding
import ContentStore
import EngineProtocol
import Isolation
import LocalAPI
import SealedMedia

/// Starts confined workers and hands them a submission's weights.
struct Workbench: Sendable {
    let programs: AppliancePrograms

    /// A worker that holds the model, and how it was confined.
    struct Session: Sendable {
        let client: EngineClient
        let identity: EngineIdentity
        let model: ModelInformation
        let confinement: ConfinementReport

        /// Ends the worker; nothing of the weights is left.
        func close() { client.shutdown() }
    }

    /// Starts a worker for the weights of one submission, or of two to be compared, and ends it when `body` has. Any
    /// architecture will do, in any number of files, and memory does not grow with the weights.
    func withWeights<Value: Sendable>(
        of submissions: [StoredSubmission], in store: SubmissionStore, _ body: @escaping @Sendable (WeightsSession) throws -> Value
    ) async throws -> Value {
        try await Blocking.run {
            let threads = 2
            // Two gigabytes hold what singular values take: a basis of at most one, and each thread's sums. One file of each
            // submission is open at a time.
            let mapped = submissions.reduce(64 << 20) { $0 + ($1.weightFiles.map(\.size).max() ?? 0) }
            let limits = SandboxLimits(memoryBytes: 3 << 30, mappedBytes: mapped, cpuSeconds: 24 * 3600)
            let worker = try WorkerSandbox(
                executable: programs.engine, limits: limits, environment: ["OPENBLAS_NUM_THREADS": "\(threads)"]
            ).start()
            defer { worker.client.shutdown() }
            return try body(WeightsSession(worker.client, submissions, in: store, threads: threads))
        }
    }

    /// What the engine says of itself before any model is loaded: the choices that a plan pins.
    func identity() async throws -> EngineIdentity {
        try await Blocking.run {
            let worker = try WorkerSandbox(
                executable: programs.engine, limits: SandboxLimits(memoryBytes: 2 << 30, mappedBytes: 64 << 20, cpuSeconds: 60)
            ).start()
            defer { worker.client.shutdown() }
            return worker.hello.identity
        }
    }

    /// Starts a worker for one submission's model. Its files reach it as sealed memfds, never as files.
    ///
    /// - Parameters:
    ///   - threads: how many the engine computes with.
    ///   - core: OpenBLAS's kernels by name; nil for the machine's own.
    func open(
        _ submission: StoredSubmission, in store: SubmissionStore, threads: Int, core: String? = nil,
        maximumContextTokens: Int? = nil
    ) async throws -> Session {
        let files = try submission.modelFiles()
        return try await Blocking.run {
            let memories = try files.map { try store.open($0.file, of: submission) }
            let size = memories.reduce(0) { $0 + $1.size }
            // Dequantised to float32 a 4-bit model takes eight times its files; the rest is for the key-value cache.
            let limits = SandboxLimits(
                memoryBytes: 9 * size + (2 << 30), mappedBytes: size + (64 << 20), cpuSeconds: 24 * 3600, openFiles: 64 + files.count)
            var environment = ["OPENBLAS_NUM_THREADS": "\(threads)"]
            if let core { environment["OPENBLAS_CORETYPE"] = core }
            let sandbox = WorkerSandbox(executable: programs.engine, limits: limits, environment: environment)
            let worker = try sandbox.start()
            do {
                let request = LoadRequest(
                    container: submission.container, files: files.map { .init(role: $0.role, name: $0.file.name, size: $0.file.size) },
                    threads: threads, maximumContextTokens: maximumContextTokens)
                let model = try withExtendedLifetime(memories) {
                    try worker.client.load(request, descriptors: memories.map(\.descriptor), within: .seconds(600))
                }
                // The hello comes before the load, which is what sets the threads.
                var identity = worker.hello.identity
                identity.threads = threads
                return Session(client: worker.client, identity: identity, model: model, confinement: worker.report)
            } catch {
                worker.process.terminate()
                throw error
            }
        }
    }
}

extension StoredSubmission {
    /// What the engine reads the model from, by path: the weights, and of safetensors what lies beside them.
    func modelFiles() throws -> [(file: MediaFile, role: LoadRequest.Role)] {
        let weights = weightFiles
        let folders = Set(weights.map(\.folder))
        guard let folder = folders.first, folders.count == 1 else {
            throw LocalFailure(
                code: "engine.no-model", message: "The submission has \(weights.isEmpty ? "no weights" : "weights in \(folders.count) folders").",
                advice: "It can be looked into as it is. To be evaluated, submit one model, its files in one folder.")
        }
        var files = weights.map { (file: $0, role: LoadRequest.Role.weights) }
        if container == .safetensors {
            for file in manifest.files where file.kind == .other && file.folder == folder {
                if let role = LoadRequest.Role(fileName: file.name) { files.append((file, role)) }
            }
        }
        let indexes = files.filter { $0.role == .weightsIndex }
        guard indexes.count <= 1 else {
            throw LocalFailure(
                code: "engine.no-model", message: "The model has \(indexes.count) indexes: \(indexes.map(\.file.name).joined(separator: ", ")).",
                advice: "It can be looked into as it is. To be evaluated, submit it with the one that belongs to its weights.")
        }
        guard files.count <= WireLimits.descriptors else {
            throw LocalFailure(
                code: "engine.many-files", message: "The model is in \(files.count) files; the engine takes \(WireLimits.descriptors).",
                advice: "It can be looked into as it is. To be evaluated, submit it in fewer files.")
        }
        return files.sorted { $0.file.path.utf8.lexicographicallyPrecedes($1.file.path.utf8) }
    }

    var container: LoadRequest.Container { manifest.declaration.architecture.format == "gguf" ? .gguf : .safetensors }
}

extension MediaFile {
    /// Without folders.
    fileprivate var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    fileprivate var folder: Substring { path.dropLast(name.count) }
}
