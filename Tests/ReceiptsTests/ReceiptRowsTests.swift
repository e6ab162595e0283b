import AuditCrypto
import CanonicalEncoding
import Receipts
import Testing

/// Rows against ones that a few lines of Python made, with hashlib, from the same description.
@Suite struct ReceiptRowsTests {
    static let note = """
        assay.local/ledger/62b74c1de9f0a835
        309
        pwksmkR+5qc8IU8BY3GCaV8I2UR88wpW9hPdOuLKUJE=

        — assay.local/ledger/62b74c1de9f0a835 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkM=
        — lab.example/witness ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoOEhYaHiImKi4yNjo+QkZKTlJWWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2urw==

        """
    static let rows = """
          1 f1a1c0: assay.local/ledger/62b74c1de9f0a835
          2 86fb04: 309
          3 edaa28: pwksmkR+5qc8IU8BY3GCaV8I2UR88wpW9hPdOuLKUJE=
          4 70f3e9:
          5 1c33e6: — assay.local/ledger/62b74c1de9f0a835 AAECAw
          6 f08c1f+ QFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJC
          7 3319b7+ UmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkM=
          8 40af24: — lab.example/witness ZGVmZ2hpamtsbW5vcHFyc3
          9 b3069c+ R1dnd4eXp7fH1+f4CBgoOEhYaHiImKi4yNjo+QkZKTlJ
         10 dd065f+ WWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2urw==
        end 9ab5c1

        """

    private func read(_ text: String) throws -> String { try ReceiptRows.note(in: Array(text.utf8)) }

    private func failure(_ text: String) -> ReceiptError? {
        do { _ = try read(text) } catch { return error as? ReceiptError }
        return nil
    }

    @Test func written() throws { #expect(try ReceiptRows.text(of: Self.note) == Self.rows) }

    /// As people type: with other white space and line ends, capitals in the checks, a hyphen, and words around it.
    @Test(arguments: [
        { $0 }, { "RECEIPT OF A LEDGER\n\nentries  309\n▄▄ ▀█\n\n" + $0 + "\nVerify it away from the appliance\n" },
        { $0.replacing("\n", with: "\r\n") }, { $0.replacing(" f1a1c0:", with: "\tF1A1C0:  ").replacing("edaa28", with: "EDAA28") },
        { $0.replacing(": — ", with: ": - ") }, { $0.replacing(": — ", with: ": -- ") }, { $0.replacing("  ", with: "") },
        { $0.replacing("\n", with: "  \n") },
    ] as [@Sendable (String) -> String])
    func typed(_ change: @Sendable (String) -> String) throws { #expect(try read(change(Self.rows)) == Self.note) }

    /// Every letter of every row counts, and the row is named.
    @Test func wrongRowsAreNamed() throws {
        for (index, line) in Self.rows.split(separator: "\n").dropLast().enumerated() {
            for place in Array(line).indices.dropFirst(12) {
                var letters = Array(line)
                letters[place] = letters[place] == "0" ? "O" : "0"
                let changed = String(letters), error = failure(Self.rows.replacing(line, with: changed))
                #expect(error?.code == .badCheck)
                #expect(error?.message.hasPrefix("row \(index + 1):") == true, "\(changed)")
            }
        }
        let two = failure(Self.rows.replacing("309", with: "308").replacing("Q1Njc4", with: "QlNjc4"))
        #expect(two?.message.hasPrefix("rows 2, 7:") == true)
        // A row for a beginning instead of a continuation.
        #expect(failure(Self.rows.replacing("f08c1f+", with: "f08c1f:"))?.message.hasPrefix("row 6:") == true)
    }

    @Test func missingDoubledExchangedRows() throws {
        let lines = Self.rows.split(separator: "\n").map { $0 + "\n" }
        for index in lines.indices {
            var without = lines
            without.remove(at: index)
            // Without the last one before the end the numbers fit, but not the check over all.
            #expect(failure(without.joined())?.code == (index == lines.count - 2 ? .badCheck : .badRows))
            var doubled = lines
            doubled.insert(lines[index], at: index)
            #expect(failure(doubled.joined())?.code == .badRows)
        }
        var exchanged = lines
        exchanged.swapAt(2, 3)
        #expect(failure(exchanged.joined())?.code == .badRows)
        // The rows of the last signature left out, and counted so: each fits, and the whole does not.
        #expect(failure((lines[..<7] + lines[10...]).joined())?.code == .badCheck)
        #expect(failure("1 f1a1c0: assay.local/ledger/62b74c1de9f0a835\n")?.code == .badRows)
        #expect(failure("end e3b0c4\n") == nil)
    }

    /// What a QR scanner gives: the note, with what it did to the ends of lines.
    @Test func scanned() throws {
        let note = Self.note
        for text in [note, String(note.dropLast()), note + "\n", note.replacing("\n", with: "\r\n"), "\u{FEFF}" + note] {
            #expect(try read(text) == note)
        }
    }

    @Test(arguments: ["", "hello", "1 2 3\n", "a\nb\nc\n\n", "\u{0}"])
    func noReceipt(text: String) { #expect(failure(text)?.code == .noReceipt) }

    @Test func notUTF8() {
        #expect(throws: ReceiptError.self) { try ReceiptRows.note(in: [0xFF, 0xFE]) }
        #expect(throws: ReceiptError.self) { try ReceiptRows.note(in: [UInt8](repeating: 0x20, count: 1 << 20 + 1)) }
    }

    /// A note that paper cannot hold is not written at all.
    @Test func spacesAtTheEndsOfLines() {
        #expect(throws: ReceiptError.self) { try ReceiptRows.text(of: "origin \n1\n\n— a AAAAAAAA\n") }
    }
}
