import ArgumentParser
import Backups
import CanonicalEncoding
import CommandSupport
import Foundation
import LedgerVerification
import MerkleLog

struct LedgerArchive: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Write the entries through a closed epoch to a folder that is kept for good, and verify it.",
        discussion: """
            The folder is a tiled log (C2SP tlog-tiles) with the checkpoint that closed the epoch, the epochs' keys, and what \
            holds the ledger from outside. That it was made is on the ledger, with size and root, so that later assay ledger \
            verify --archive FOLDER shows that the present ledger goes on from it. The appliance keeps all entries.

            All of it is read again before it stands under its name. Broken off, it is left as FOLDER.partial; given again, the \
            command goes on from there.

            Example: assay ledger archive --to /media/archive/2027-w14 --as dave
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The folder to make.") var to: String
    @Option(name: .long, help: "The last epoch to hold. Default: the newest that is closed.") var epoch: Int64?

    func execute() throws {
        let destination = to.hasSuffix("/") ? String(to.dropLast()) : to
        guard !Files.exists(destination) else {
            throw CommandFailure(.cannotWrite, "There is something at \(destination) already. An archive never changes: name another folder.")
        }
        let listing = try signing.act("ledger.archive", epoch.map { ["epoch": .integer($0)] } ?? [:], through: connection)
        let partial = destination + ".partial"
        try write(listing, to: partial)
        let (report, cosigned) = try Self.verified(partial, "verifying", advice: " Remove \(partial), and try again.")
        guard report.entries == listing["size"]?.integer, report.checkpoint.rootHash.hex == listing["root"]?.string else {
            throw CommandFailure(.refused, "What was written to \(partial) is not what the appliance recorded. Remove it, and try again.")
        }
        guard rename(partial, destination) == 0 else {
            throw FileError(operation: .write, path: destination, reason: String(cString: strerror(errno)))
        }
        try Files.sync(URL(filePath: destination).deletingLastPathComponent().path)
        try connection.show([
            "cosigned": .integer(Int64(cosigned)), "entry": listing["entry"] ?? nil, "epoch": listing["epoch"] ?? nil, "root": listing["root"] ?? nil,
            "size": listing["size"] ?? nil, "to": .string(destination),
        ]) {
            """
            \(destination): \(Counted.entries(report.entries)), through epoch \(listing["epoch"]?.integer ?? 0), read again and whole; with it \
            \(Counted.of(cosigned, "checkpoint", "checkpoints")) that witnesses cosigned.
            Root \(listing["root"]?.string ?? "") is on the ledger as entry \(listing["entry"]?.integer ?? 0).
            """
        }
    }

    /// Files that an earlier try wrote are whole, and stay; the verification that follows reads all of them.
    private func write(_ listing: JSONValue, to folder: String) throws {
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() where path.hasSuffix(".partial") {
            try Files.remove("\(folder)/\(path)")
        }
        let paths = (listing["paths"]?.array ?? []).compactMap(\.string)
        var bar = ProgressBar()
        defer { bar.finish() }
        for (done, path) in paths.enumerated() {
            if !Files.exists("\(folder)/\(path)") {
                let file = try connection.call("ledger.tile", ["path": .string(path), "size": listing["size"] ?? nil])
                try writeFiles(["\(path)": file["content"] ?? nil], to: folder)
            }
            bar.update(activity: "archiving", done: Int64(done + 1), total: Int64(paths.count), unit: "files")
        }
        try writeFiles(listing["files"], to: folder)
        try Files.write(Array((listing["checkpoint"]?.string ?? "").utf8), to: "\(folder)/checkpoint")
    }

    /// Reads an archive again, all of it.
    static func verified(_ folder: String, _ activity: String, advice: String = "") throws -> (report: LedgerVerifier.Report, cosigned: Int) {
        var bar = ProgressBar()
        defer { bar.finish() }
        do {
            return try ArchivedLedger(folder: folder).verify { bar.update(activity: activity, done: $0, total: $1, unit: "entries") }
        } catch let error as LedgerError {
            throw CommandFailure(.refused, "The archive at \(folder) does not hold (\(error.code.rawValue)): \(error)\(advice)")
        }
    }
}
