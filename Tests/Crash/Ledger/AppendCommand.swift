import ArgumentParser
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import Ledger
import LogBuilding
import MerkleLog

/// The writer: several tasks that append groups of entries until they are killed, and say of each group when it was
/// acknowledged.
struct AppendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Append to the ledger until killed, printing what is acknowledged.", shouldDisplay: false)

    @Argument var folder: String

    private static let tasks = 6
    /// A group's lines go out in one write, which a pipe takes whole up to 4,096 bytes: 85 a line at most.
    private static let largestGroup = 40

    func run() async throws {
        let crash = try CrashLedger(folder: folder)
        let ledger = try crash.open()
        try Self.say("open\n")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.tasks {
                group.addTask {
                    while true {
                        let entries = try await ledger.append(Self.drafts(crash))
                        let lines = try entries.map { "\($0.sequence) \(TreeHasher.bulk.leaf(try $0.encoded()).hex)\n" }
                        try Self.say(lines.joined())
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...6)))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Mostly a few entries, now and then many; a quarter of the groups begin with a signed request.
    private static func drafts(_ crash: CrashLedger) -> [EntryDraft] {
        let count = Int.random(in: 0..<30) == 0 ? Int.random(in: 10...largestGroup) : Int.random(in: 1...4)
        let isSigned = Int.random(in: 0..<4) == 0
        return (0..<count).map { member in
            let details: JSONObject = ["member": .integer(Int64(member)), "of": .integer(Int64(count))]
            guard isSigned, member == 0 else { return EntryDraft(.unlocked, details: details) }
            let purpose = Hex.encode(SecureRandom.bytes(Int.random(in: 1...300)))
            let request = Array(#"{"action":"inspect.records","person":"alice","purpose":"\#(purpose)"}"#.utf8)
            let signature = SSHSignature(signing: request, namespace: CrashLedger.namespace, with: crash.person)
            return EntryDraft(.inspectRecords, by: "alice", details: details, request: .init(bytes: request, sshsig: signature.armored))
        }
    }

    private static func say(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard write(STDOUT_FILENO, bytes, bytes.count) == bytes.count else {
            throw CrashError("the pipe took less than a group's lines: \(String(cString: strerror(errno)))")
        }
    }
}

struct CrashError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
