import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Foundation

struct SealCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "seal", abstract: "Seal, or go on sealing.", shouldDisplay: false)

    @Argument var folder: String

    func run() throws {
        let result = try CrashMedia(folder: folder).seal(into: folder + "/media")
        print(result.continuedSegments)
    }
}

struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ingest", abstract: "Take in, or go on taking in.", shouldDisplay: false)

    @Argument var folder: String

    func run() throws { try CrashMedia(folder: folder).ingest() }
}

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start sealing and taking in, kill them (SIGKILL) at random moments, let them finish, and compare.",
        discussion: """
            Each is killed so many times: once or several times over before it may finish. What it makes in the end is the same as \
            when nobody killed it: files, segments and repair data of a medium; every byte of the store. Exit status 1 where it is \
            not; then the folder is kept.

            Example: make crash CRASH_RUNS=200
            """)

    @Option(help: "How many times to kill each.") var runs = 200
    @Flag(help: "Print the summary as one line of JSON.") var json = false

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs is 1 or more.") }
    }

    func run() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "media-crash-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        do {
            let media = try CrashMedia(folder: folder)
            let started = ContinuousClock.now
            try media.seal(into: media.reference)
            let shape = try media.shape(media.reference)
            let sealing = try kill("seal", in: folder, made: media.media, isFinished: { media.isSealed }) {
                guard try media.shape(media.media) == shape else { throw CrashError("a medium that was sealed on is not like one that was not interrupted") }
            }
            try media.ingest()
            let content = try media.content()
            try FileManager.default.removeItem(atPath: media.storeFolder)
            let taking = try kill("ingest", in: folder, made: media.storeFolder, isFinished: { try !media.store().submissions().isEmpty }) {
                guard try media.content() == content else { throw CrashError("a store that was filled on is not like one that was not interrupted") }
            }
            try FileManager.default.removeItem(atPath: folder)
            try report(sealing, taking, seconds: (ContinuousClock.now - started).components.seconds)
        } catch {
            Output.note("NOT AS IT MUST BE: \(error). The folder is kept: \(folder).")
            throw ExitCode.failure
        }
    }

    private struct Tally {
        var kills: Int64 = 0
        var finished: Int64 = 0
        /// Of those, how many were killed more than once before.
        var oftenKilled: Int64 = 0
    }

    /// - Parameters:
    ///   - made: what the command makes; removed after each time that it is whole.
    ///   - isFinished: whether nothing is left to do.
    ///   - check: holds what was made against what it must be.
    private func kill(
        _ command: String, in folder: String, made: String, isFinished: () throws -> Bool, check: () throws -> Void
    ) throws -> Tally {
        // How long it takes when it is let be.
        let begun = ContinuousClock.now
        guard try Self.start(command, folder, killedAfter: nil) else { throw CrashError("\(command) failed by itself") }
        let whole = (ContinuousClock.now - begun) / .milliseconds(1)
        try check()
        try FileManager.default.removeItem(atPath: made)
        var tally = Tally()
        var bar = ProgressBar()
        while tally.kills < runs {
            var kills = 0, isDone = false
            repeat {
                isDone = try Self.start(command, folder, killedAfter: Int.random(in: 0...Int(whole)))
                guard !isDone else { break }
                tally.kills += 1
                kills += 1
                bar.update(activity: "Killing \(command)", done: tally.kills, total: Int64(runs), unit: "runs")
                // It may have been killed when all was done.
                isDone = try isFinished()
            } while !isDone && tally.kills < runs && Int.random(in: 0..<3) > 0
            if !isDone, try !Self.start(command, folder, killedAfter: nil) { throw CrashError("\(command) failed after \(kills) kills") }
            try check()
            try FileManager.default.removeItem(atPath: made)
            tally.finished += 1
            if kills > 1 { tally.oftenKilled += 1 }
        }
        bar.finish()
        return tally
    }

    /// - Returns: whether it ended by itself; throws where that was not well.
    private static func start(_ command: String, _ folder: String, killedAfter delay: Int?) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments = [command, folder]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        if let delay {
            usleep(UInt32(delay) * 1000)
            Glibc.kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL, delay != nil { return false }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw CrashError("\(command) ended by itself, with status \(process.terminationStatus)")
        }
        return true
    }

    private func report(_ sealing: Tally, _ taking: Tally, seconds: Int64) throws {
        if json {
            try Output.json([
                "ingestFinished": .integer(taking.finished), "ingestKills": .integer(taking.kills), "ingestKilledOften": .integer(taking.oftenKilled),
                "sealFinished": .integer(sealing.finished), "sealKills": .integer(sealing.kills), "sealKilledOften": .integer(sealing.oftenKilled),
                "seconds": .integer(seconds),
            ])
        } else {
            print(
                "Sealing: \(sealing.kills) kills, \(sealing.finished) times finished, \(sealing.oftenKilled) of them killed more than once. "
                    + "Taking in: \(taking.kills), \(taking.finished), \(taking.oftenKilled). \(seconds) s. Each result is as if nobody had killed it.")
        }
    }
}
