import CommandSupport
import EngineProtocol
import Isolation

/// A model of this machine's disk in a confined worker, for programs that are no appliance.
package struct LocalModel: Sendable {
    /// Why there is none.
    package enum Failure: Error, Sendable, CustomStringConvertible {
        /// The files cannot be read, or the engine does not take them.
        case model(String)
        /// The worker could not be started.
        case worker(String)

        package var description: String {
            switch self {
            case .model(let message), .worker(let message): message
            }
        }
    }

    package let worker: WorkerSandbox.Worker
    package let identity: EngineIdentity
    package let information: ModelInformation

    /// Starts `assay-engine`, which is looked for beside this program, and hands it the model.
    /// - Parameters:
    ///   - path: a weight file, or a folder.
    ///   - context: the longest sequence in tokens; nil for the model's own.
    ///   - memory: of the worker, in bytes; nil for nine times the weights and 2 GiB.
    package static func start(_ path: String, threads: Int, context: Int? = nil, memory: Int? = nil) throws(Failure) -> LocalModel {
        let files: ModelFiles
        do { files = try ModelFiles(path) } catch { throw .model("\(path): \(error)") }
        let worker: WorkerSandbox.Worker
        do {
            let limits = SandboxLimits(
                memoryBytes: memory ?? 9 * files.weightBytes + (2 << 30), mappedBytes: files.allBytes + (64 << 20),
                cpuSeconds: 30 * 24 * 3600, openFiles: 64 + files.descriptors.count)
            worker = try WorkerSandbox(
                executable: try engine(), limits: limits, environment: ["OPENBLAS_NUM_THREADS": "\(threads)"]
            ).start()
        } catch {
            throw .worker("\(error)")
        }
        do {
            let information = try worker.client.load(
                files.request(threads: threads, maximumContextTokens: context), descriptors: files.descriptors, within: .seconds(3600))
            var identity = worker.hello.identity
            identity.threads = threads
            return LocalModel(worker: worker, identity: identity, information: information)
        } catch {
            worker.client.shutdown()
            guard case .refused(let failure) = error, failure.code != .internalFault else { throw .worker("\(error)") }
            throw .model("\(path): \(failure.message)")
        }
    }

    /// The engine beside this program.
    private static func engine() throws(Failure) -> String {
        guard let folder = Files.programFolder else { throw Failure.worker("this program's own place cannot be found") }
        return "\(folder)/assay-engine"
    }
}
