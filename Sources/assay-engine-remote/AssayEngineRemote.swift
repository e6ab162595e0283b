import ArgumentParser
import EngineProtocol
import Glibc
import RemoteEngine

/// The engine's protocol for a model that another server holds.
@main
struct AssayEngineRemote: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-engine-remote",
        abstract: "Answer the engine's protocol from a vLLM or llama.cpp server.",
        discussion: """
            For models that are too large for the embedded engine. It takes the place of `assay-engine worker`: what starts it \
            passes a socket and asks over it, and the load names the server, as {"server":"http://HOST:PORT","model":NAME} or \
            {"server":"unix:/PATH","model":NAME}. It is not confined, and says so in its hello. Tensors cannot be looked into.

            Example: assay-engine-remote --fd 3

            Exit status: 0 the stream was closed or a shutdown asked for; 64 the command line is wrong; 70 the stream broke.
            """,
        version: "1")

    @Option(name: .long, help: "The descriptor of the socket that requests come on.") var fd: Int32

    func run() throws {
        do {
            var handler = RemoteHandler()
            try EngineServer.run(fd: fd, confinement: nil, handler: &handler)
        } catch {
            let words = Array("assay-engine-remote: \(error)\n".utf8)
            _ = words.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            throw ExitCode(70)
        }
    }
}
