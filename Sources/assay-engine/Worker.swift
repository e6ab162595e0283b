import ArgumentParser
import EngineProtocol

/// The appliance's worker: it confines itself, then serves requests on a socket that it was given.
struct Worker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Serve the appliance over a socket that it passed.",
        discussion: "Started by assayd inside its sandbox; there is no use for it by hand.", shouldDisplay: false)

    @Option(name: .long, help: "The socket's descriptor.") var fd: Int32
    @Option(name: .long, help: "What to confine itself to.") var confine: String?
    @Flag(name: .long, help: "Set by itself after the first restrictions.") var reentered = false

    func run() throws {
        // Confining itself, the worker executes itself again: the kernels of its choice come with that.
        if confine != nil, !reentered { KernelChoice.setBetterKernels() }
        do {
            try EngineWorker.serve(fd: fd, plan: confine, isReentered: reentered) { ModelHandler() }
        } catch {
            Failure.say("assay-engine worker: \(error)")
            throw ExitCode(70)
        }
    }
}
