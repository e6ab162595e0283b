import Appliance
import ArgumentParser
import CommandSupport
import Dispatch
import Foundation
import LocalAPI
import Logging

/// The appliance's own process: the only owner of keys, store and ledger.
@main
struct Assayd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assayd",
        abstract: "The appliance: owns keys, store and ledger, and answers assay over a Unix socket.",
        discussion: """
            It starts empty (make its keys with assay init) or locked (open them with assay unlock). Its folder is its \
            user's alone, and no other assayd's while it runs; only users named here may talk to it, by the kernel's word.

            Example: assayd --home /var/lib/assay --socket /run/assay/assayd.sock --allow-uid 1000

            Exit status: 0 stopped by SIGINT or SIGTERM; 64 the command line is wrong; 66 a program or suite is missing; \
            73 the folder or socket cannot be used, or another assayd uses it.
            """)

    @Option(name: .long, help: "The appliance's folder.")
    var home = "/var/lib/assay"

    @Option(name: .long, help: "Where to listen.")
    var socket = "/run/assay/assayd.sock"

    @Option(name: .long, help: "A user who may connect, besides the one who runs this. May be repeated.")
    var allowUid: [UInt32] = []

    @Option(name: .long, help: "The confined worker. Default: assay-engine beside this program.")
    var engine: String?

    @Option(name: .long, help: "The folder of the evaluation suites. Default: those that were built in.")
    var suites: String?

    func run() throws {
        let logger = Logger(label: "assayd") { _ in StreamLogHandler.standardError(label: "assayd") }
        umask(0o077)
        // A client that hangs up is an error of that connection, not the end of the appliance.
        signal(SIGPIPE, SIG_IGN)
        StopSignal.catchAll()
        let programs = AppliancePrograms(engine: try enginePath(), suites: suites)
        let server: LocalServer, appliance: Appliance, lock: HomeLock
        do {
            // Programs that this one runs, the TPM's among them, have another current folder.
            let home = ApplianceHome(path: URL(fileURLWithPath: home).path)
            // Before anything in the folder is looked at.
            lock = try HomeLock(home: home)
            appliance = try Appliance(home: home, programs: programs) {
                Int64(Date().timeIntervalSince1970)
            }
            server = try LocalServer(path: socket, allowedUsers: Set(allowUid + [geteuid()])) { [appliance] request, peer, progress in
                let reply = await appliance.handle(request, progress: progress)
                if case .failure(let failure) = reply {
                    logger.info("refused", metadata: ["method": "\(request.method)", "uid": "\(peer.userID)", "code": "\(failure.code)"])
                }
                return reply
            }
        } catch {
            logger.error("cannot start: \(error)")
            throw ExitCode(73)
        }
        logger.info("listening", metadata: ["socket": "\(socket)", "home": "\(home)"])
        Thread.detachNewThread { server.run() }
        StopSignal.wait()
        // What is under way ends with the process: the ledger has what was acknowledged, runs go on when given again.
        server.stop()
        Self.close(appliance, logger)
        withExtendedLifetime(lock) {}
        logger.info("stopped")
    }

    /// Anchors the ledger's end, where it has an anchor. A TPM that does not answer does not keep the process: the ledger
    /// is then a few entries ahead of its anchor, as after a power cut.
    private static func close(_ appliance: Appliance, _ logger: Logger) {
        let closed = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await appliance.close() } catch { logger.error("not anchored: \(error)") }
            closed.signal()
        }
        if closed.wait(timeout: .now() + 20) == .timedOut { logger.error("not anchored: the TPM did not answer in 20 s") }
    }

    private func enginePath() throws -> String {
        let path = engine ?? "\(Files.programFolder ?? ".")/assay-engine"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            Output.note("assayd: there is no engine at \(path). Name it with --engine.")
            throw ExitCode(66)
        }
        return path
    }
}

/// SIGINT and SIGTERM, which end the process in order. They are caught from the beginning: one that comes while the appliance
/// is being started is neither lost nor the end of it halfway.
private enum StopSignal {
    /// A pipe that the handler writes to: of what may be done in a handler, that is enough (signal-safety(7)).
    private static let ends: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        // Nothing else runs in the process yet that could be forked in between.
        guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else { return (-1, -1) }
        return (ends[0], ends[1])
    }()

    static func catchAll() {
        precondition(ends.read >= 0, "a process has a pipe")
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                let before = errno
                _ = write(StopSignal.ends.write, "s", 1)
                errno = before
            }
        }
        // Whoever started this may have blocked them, and that is inherited.
        var both = sigset_t()
        sigemptyset(&both)
        for number in [SIGINT, SIGTERM] { sigaddset(&both, number) }
        pthread_sigmask(SIG_UNBLOCK, &both, nil)
    }

    /// Blocks until one has come.
    static func wait() {
        var byte: UInt8 = 0
        while read(ends.read, &byte, 1) < 0 && errno == EINTR {}
    }
}
