import ArgumentParser
import CommandSupport
import EngineProtocol
import Glibc
import Isolation
import LocalModel
import ModelServer

/// A model behind the OpenAI API, for evaluation harnesses that others wrote.
@main
struct AssayServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-serve",
        abstract: "Serve a model to outside evaluation harnesses over the OpenAI API.",
        discussion: """
            The model runs in a confined worker (assay-engine, which is looked for beside this program). Clients reach it on a \
            Unix socket or on a port of this machine's loopback, and nowhere else: /v1/models, /v1/completions, \
            /v1/chat/completions, /tokenize, /detokenize, /tokenizer_info, /health. Runbooks/serving.md says which members \
            of a request are done, which are refused, and how lm_eval, inspect and garak are called.

            Examples:
              assay-serve --model model.gguf --port 8000
              assay-serve --model FOLDER --socket /run/evaluation/model.sock --served-model-name submitted
              lm_eval --model local-completions --tasks TASK \\
                --model_args model=submitted,base_url=http://127.0.0.1:8000/v1/completions,tokenizer_backend=remote

            "Serving NAME at ADDRESS" on standard output says that clients can connect. Ctrl-C ends it.

            Exit status: 0 ended by a signal; 64 the command line is wrong; 65 the model cannot be read or is not \
            supported; 70 the worker could not be started or ended by itself; 73 the address cannot be taken.
            """,
        version: "1")

    @Option(
        name: .long,
        help: """
            A GGUF file, or a safetensors file with config.json and tokenizer.json beside it; or the folder of a model in one file or several.
            """)
    var model: String

    @Option(name: .long, help: ArgumentHelp("Serve on this Unix socket, which is made for this user alone.", valueName: "path"))
    var socket: String?

    @Option(name: .long, help: "Serve on this port of 127.0.0.1; 0 for any that is free.")
    var port: Int?

    @Option(name: .long, help: "What clients call the model. Default: the file's name without its ending.")
    var servedModelName: String?

    @Option(name: .long, help: "Threads to compute with. They do not change a result.")
    var threads = 2

    @Option(name: .long, help: "The longest sequence in tokens. Default: the model's own.")
    var context: Int?

    @Option(name: .long, help: "Memory of the worker, in MiB. Default: nine times the weights and 2048.")
    var memory: Int?

    func validate() throws {
        guard (socket == nil) != (port == nil) else { throw ValidationError("Give --socket PATH or --port N.") }
        if let port, !(0...65_535).contains(port) { throw ValidationError("--port is 0 to 65535.") }
        guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256.") }
        if let context, !(1...1 << 20).contains(context) { throw ValidationError("--context is 1 to 1048576.") }
        if let memory, !(1...1 << 24).contains(memory) { throw ValidationError("--memory is 1 to 16777216 MiB.") }
        if let name = servedModelName, name.isEmpty || name.utf8.count > 256 || name.unicodeScalars.contains(where: { $0.value < 32 }) {
            throw ValidationError("--served-model-name is 1 to 256 bytes of plain text.")
        }
        // What the kernel's address holds.
        if let socket, !(1...107).contains(socket.utf8.count) { throw ValidationError("--socket is a path of 1 to 107 bytes.") }
    }

    func run() async throws {
        let worker = try start()
        let served: ServedModel
        do {
            served = try ServedModel(name: servedModelName ?? Self.name(of: model), client: worker.client, created: Int64(time(nil)))
        } catch {
            worker.client.shutdown()
            throw Failure.end(.software, "\(error)")
        }
        if let socket {
            do { try ServerSocket.clear(socket) } catch {
                worker.client.shutdown()
                throw Failure.end(.cannotCreate, "\(error)")
            }
            // Whoever may open the socket may ask the model anything.
            umask(0o077)
        }
        defer { if let socket { unlink(socket) } }
        let server = ModelServer(
            model: served, client: worker.client, process: worker.process,
            address: socket.map { .socket(path: $0) } ?? .port(port ?? 0)
        ) { Output.note("assay-serve: \($0)") }
        let end: ModelServer.End
        do {
            end = try await server.run { bound in
                print("Serving \(served.name) at \(socket ?? "http://127.0.0.1:\(bound ?? 0)/v1")")
                fflush(nil)
            }
        } catch {
            throw Failure.end(.cannotCreate, "the address cannot be taken: \(error)")
        }
        if case .workerGone(let why) = end { throw Failure.end(.software, why) }
    }

    /// A confined worker that holds the model.
    private func start() throws -> WorkerSandbox.Worker {
        do {
            return try LocalModel.start(model, threads: threads, context: context, memory: memory.map { $0 << 20 }).worker
        } catch {
            if case .model = error { throw Failure.end(.data, "\(error)") }
            throw Failure.end(.software, "\(error)")
        }
    }

    /// `folder/name.gguf` is called `name`.
    private static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        for ending in [".gguf", ".safetensors"] where last.hasSuffix(ending) && last.count > ending.count { return String(last.dropLast(ending.count)) }
        return last
    }
}

/// Ends of the program with a documented status.
enum Failure: Int32 {
    case data = 65
    case software = 70
    case cannotCreate = 73

    static func end(_ failure: Failure, _ reason: String) -> ExitCode {
        Output.note("assay-serve: \(reason)")
        return ExitCode(failure.rawValue)
    }
}
