import CLinux
import EngineProtocol
import Glibc

/// Starts `assay-engine worker` confined: bubblewrap from outside, then the worker's own limits, Landlock and seccomp
/// from inside, then a handshake that proves both before a byte of a model is passed.
package struct WorkerSandbox: Sendable {
    /// A worker that said hello and holds no model yet.
    package struct Worker: Sendable {
        package let client: EngineClient
        package let process: SandboxedProcess
        package let hello: EngineHello
        package let report: ConfinementReport
    }

    /// The engine's program.
    package var executable: String
    package var bubblewrap: String
    package var limits: SandboxLimits
    /// The worker's whole environment, besides what the loader needs: `OPENBLAS_NUM_THREADS`, `OPENBLAS_CORETYPE`.
    package var environment: [String: String]
    /// The host's user to run as; nil for this process's own.
    package var user: WorkerUser?
    /// A worker on a kernel with less is refused. 0 accepts a kernel without Landlock, and the report says so.
    package var minimumLandlockABI: Int
    /// A delegated cgroup v2 folder; nil looks for the one that systemd delegated to this process.
    package var cgroupParent: String?

    package init(
        executable: String, limits: SandboxLimits, environment: [String: String] = [:],
        bubblewrap: String = "/usr/bin/bwrap", user: WorkerUser? = .forThisProcess(), minimumLandlockABI: Int = 1,
        cgroupParent: String? = nil
    ) {
        self.executable = executable
        self.limits = limits
        self.environment = environment
        self.bubblewrap = bubblewrap
        self.user = user
        self.minimumLandlockABI = minimumLandlockABI
        self.cgroupParent = cgroupParent
    }

    /// Starts a worker and shakes hands with it.
    ///
    /// - Parameter duration: for everything until the hello.
    /// - Throws: `SandboxError` when it cannot be set up or is not confined as asked, `EngineError` when the worker
    ///   fails; either way nothing of it is left.
    package func start(within duration: Duration = .seconds(30)) throws -> Worker {
        let plan = try limits.plan(minimumLandlockABI: minimumLandlockABI)
        let launch = try launch(
            arguments: ["worker", "--fd", "\(BubblewrapCommand.Descriptor.socket)", "--confine", plan.argument])
        let client = EngineClient(descriptor: launch.socket, process: launch.process)
        let hello = try client.hello(within: duration)
        guard let confinement = hello.confinement, confinement.holds(plan) else {
            launch.process.terminate()
            throw SandboxError(
                .notConfined, "the worker does not report the confinement that was asked for: "
                    + "\(hello.confinement.map { "\($0)" } ?? "none")")
        }
        guard launch.separateNamespaces == BubblewrapCommand.namespaces else {
            launch.process.terminate()
            throw SandboxError(
                .notConfined, "the worker has only these namespaces of its own: "
                    + launch.separateNamespaces.joined(separator: ", "))
        }
        let report = ConfinementReport(
            bubblewrapVersion: launch.bubblewrapVersion, namespaces: launch.separateNamespaces,
            hostUserID: Int(user?.userID ?? geteuid()), sharesUser: user == nil,
            cgroupUnavailable: launch.cgroupUnavailable, worker: confinement)
        return Worker(client: client, process: launch.process, hello: hello, report: report)
    }

    /// A program under bubblewrap, before any handshake.
    package struct Launch: Sendable {
        /// Our end of its descriptor 3, which the receiver of this closes.
        package let socket: Int32
        package let process: SandboxedProcess
        package let separateNamespaces: [String]
        package let bubblewrapVersion: String
        package let cgroupUnavailable: String?
    }

    /// Starts the program with `arguments` under bubblewrap. It is confined from outside only: the rest is its own doing.
    package func launch(arguments: [String]) throws -> Launch {
        let launcher = BubblewrapLauncher(program: bubblewrap, user: user)
        let version = try launcher.version()
        let image = try ProgramImage.resolve(executable)
        var variables = environment
        variables["LD_LIBRARY_PATH"] = ConfinementPlan.Layout.libraries
        // Each arena of the allocator reserves 64 MiB of address space, which is limited.
        variables["MALLOC_ARENA_MAX"] = "2"
        let command = BubblewrapCommand(
            image: image, scratchBytes: limits.scratchBytes, environment: variables, programArguments: arguments,
            user: user)

        var cgroup: WorkerCgroup?
        var cgroupUnavailable: String?
        do throws(WorkerCgroup.Unavailable) {
            let name = "assay-worker-\(getpid())-\(UInt32.random(in: .min ... .max))"
            cgroup = try WorkerCgroup.make(parent: cgroupParent, name: name, limits: limits)
        } catch {
            cgroupUnavailable = error.description
        }

        var ours = OwnedDescriptors()
        var theirs = OwnedDescriptors()
        defer { theirs.closeAll() }
        do {
            let null = try theirs.keep(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null")
            let (socket, workerSocket) = try OwnedDescriptors.pair(&ours, &theirs, assay_socketpair)
            let (errors, workerErrors) = try OwnedDescriptors.pair(&ours, &theirs, assay_pipe)
            let (status, bubblewrapStatus) = try OwnedDescriptors.pair(&ours, &theirs, assay_pipe)
            var descriptors = [null, workerErrors, workerErrors, workerSocket, bubblewrapStatus]
            for file in command.copiedFiles {
                descriptors.append(try theirs.keep(open(file, O_RDONLY | O_CLOEXEC), file))
            }
            let (process, started) = try launcher.start(
                arguments: command.arguments, descriptors: descriptors, theirs: &theirs, standardError: errors,
                status: status, cgroup: cgroup)
            for descriptor in [socket, errors, status] { ours.release(descriptor) }
            guard let started else {
                close(socket)
                throw BubblewrapLauncher.failure(of: process)
            }
            return Launch(
                socket: socket, process: process, separateNamespaces: started.separateNamespaces(),
                bubblewrapVersion: version, cgroupUnavailable: cgroupUnavailable)
        } catch {
            ours.closeAll()
            cgroup?.remove()
            throw error
        }
    }
}
