import AuditCrypto
import CanonicalEncoding

/// A signed note as rows that a person can type in again and be told which one is wrong.
///
///      1 3f09aa: assay.local/ledger/62b74c1de9f0a835
///      2 81c204: 309
///      3 5b7710: pwksmkR+5qc8IU8BY3GCaV8I2UR88wpW9hPdOuLKUJE=
///      4 e0417c:
///      5 94d2f1: — assay.local/ledger/62b74c1de9f0a835 BQ0fHiY
///      6 0c8e5b+ 3Yp1v…
///     end 7d20c6
///
/// A row is a number, a check, `:` where a line of the note begins or `+` where the row goes on with the line before, and
/// text. The check is the first six hexadecimal digits of the SHA-256 of `NUMBER`, the mark, a space and the text; at the
/// end, of the whole note.
package enum ReceiptRows {
    /// Characters of text in a row.
    private static let width = 44
    private static let largestNote = 1 << 20, maximumRows = 4096
    /// What a signature line begins with (c2sp.org/signed-note), and what people type for it.
    private static let dash = "\u{2014} ", dashes = ["- ", "-- ", "\u{2013} ", "\u{2212} "]

    private static func check(_ text: String) -> String { String(SHA256Digest.of(Array(text.utf8)).hex.prefix(6)) }

    // MARK: Writing

    /// The rows of a note, a line each. Throws `noReceipt` for a note that rows cannot hold: with spaces where a line
    /// begins or ends.
    package static func text(of note: String) throws(ReceiptError) -> String {
        var rows: [(mark: String, text: String)] = []
        for line in note.utf8Split("\n").dropLast() {
            var rest = Array(line.unicodeScalars)[...], mark = ":"
            repeat {
                let end = cut(rest)
                rows.append((mark, text(rest[..<end])))
                (rest, mark) = (rest[end...], "+")
            } while !rest.isEmpty
        }
        let places = max(3, String(rows.count).utf8.count)
        var text = ""
        for (index, row) in rows.enumerated() {
            let number = String(index + 1), content = "\(row.mark) \(row.text)"
            let line = "\(String(repeating: " ", count: places - number.utf8.count))\(number) \(check(number + content))\(content)"
            text += (row.text.isEmpty ? String(line.dropLast()) : line) + "\n"
        }
        text += "\(String(repeating: " ", count: places - 3))end \(check(note))\n"
        guard let read = try? self.note(in: Array(text.utf8)), ExactString(read) == ExactString(note) else {
            throw ReceiptError(.noReceipt, "this note cannot be written as rows: a line of it begins or ends with a space")
        }
        return text
    }

    /// How many characters go into the next row: none that ends or begins with a space, which nobody sees on paper.
    private static func cut(_ rest: ArraySlice<Unicode.Scalar>) -> Int {
        guard rest.count > width else { return rest.endIndex }
        let full = rest.startIndex + width
        return (rest.startIndex + 1..<full + 1).last { rest[$0 - 1] != " " && rest[$0] != " " } ?? full
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }

    // MARK: Reading

    private struct Row {
        /// Nil for the last one.
        let number: Int?
        let check: String
        let mark: String
        let text: String
    }

    /// The note in a receipt's text, whatever stands around the rows; or in the bytes that a QR code holds, whatever a
    /// scanner did to the ends of its lines. It is signed by nobody yet.
    package static func note(in bytes: [UInt8]) throws(ReceiptError) -> String {
        guard bytes.count <= largestNote, let text = String(validating: bytes, as: UTF8.self) else {
            throw ReceiptError(.noReceipt, "a receipt is UTF-8 text of at most \(largestNote) bytes")
        }
        let lines = text.utf8Split("\n").map { $0.utf8.last == UInt8(ascii: "\r") ? String($0.unicodeScalars.dropLast()) : $0 }
        let rows = lines.compactMap(row)
        guard rows.isEmpty else { return try note(of: rows) }
        // What a scanner gives: the note itself.
        var note = lines[...]
        while note.last?.isEmpty == true { note.removeLast() }
        if let first = note.first, first.unicodeScalars.first == "\u{FEFF}" { note[0] = String(first.unicodeScalars.dropFirst()) }
        let joined = note.map { $0 + "\n" }.joined()
        guard (try? SignedNote(note: joined)) != nil else {
            throw ReceiptError(.noReceipt, "neither a receipt's rows (number, check, text) nor a signed note, as its QR code holds it")
        }
        return joined
    }

    private static func note(of rows: [Row]) throws(ReceiptError) -> String {
        guard rows.count <= maximumRows else { throw ReceiptError(.badRows, "more than \(maximumRows) rows") }
        guard let end = rows.last, end.number == nil else {
            throw ReceiptError(.badRows, "the row 'end' is missing: the receipt is cut short")
        }
        let body = rows.dropLast()
        for (index, row) in body.enumerated() where row.number != index + 1 {
            let found = row.number.map { "row \($0)" } ?? "the row 'end'"
            throw ReceiptError(.badRows, "where row \(index + 1) was expected, \(found) stands: one is missing, doubled or misread")
        }
        var wrong: [String] = [], note = ""
        for (index, row) in body.enumerated() {
            guard let text = fitting(row, number: index + 1) else {
                wrong.append(String(index + 1))
                continue
            }
            guard index > 0 || row.mark == ":" else { throw ReceiptError(.badRows, "row 1 goes on with a line, and none is before it") }
            if row.mark == ":" { note += index == 0 ? text : "\n" + text } else { note += text }
        }
        guard wrong.isEmpty else {
            throw ReceiptError(
                .badCheck, "row\(wrong.count > 1 ? "s" : "") \(wrong.joined(separator: ", ")): text and check do not fit each other. Compare "
                    + "with the print, letter by letter: capitals, O and 0, l and 1")
        }
        if !body.isEmpty { note += "\n" }
        guard check(note) == end.check else {
            throw ReceiptError(.badCheck, "every row fits its check, and all together not the last: rows are of two receipts, or some are missing")
        }
        return note
    }

    /// The row's text, as it was written or with the dash that it was written with, where that fits the check.
    private static func fitting(_ row: Row, number: Int) -> String? {
        let typed = dashes.first { row.text.utf8.starts(with: $0.utf8) }.map { dash + String(Substring(row.text.utf8.dropFirst($0.utf8.count))) }
        return [row.text, typed].lazy.compactMap { $0 }.first { check("\(number)\(row.mark) \($0)") == row.check }
    }

    /// `NUMBER CHECK: TEXT`, with any white space before, between and after; nil for any other line.
    private static func row(_ line: String) -> Row? {
        var rest = Array(line.utf8)[...]
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        func word(_ isPart: (UInt8) -> Bool) -> String {
            let word = rest.prefix(while: isPart)
            rest = rest.dropFirst(word.count)
            return String(decoding: word, as: UTF8.self)
        }
        rest = rest.drop(while: isSpace)
        let name = word { !isSpace($0) }
        guard rest.first.map(isSpace) == true, name.utf8.count <= 4 else { return nil }
        rest = rest.drop(while: isSpace)
        let check = word { Hex.isDigit($0) }.lowercased()
        guard check.utf8.count == 6 else { return nil }
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        if name == "end" { return rest.isEmpty ? Row(number: nil, check: check, mark: "", text: "") : nil }
        guard name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(name), let mark = rest.popFirst(),
            mark == UInt8(ascii: ":") || mark == UInt8(ascii: "+"), rest.first.map(isSpace) ?? true
        else { return nil }
        rest = rest.drop(while: isSpace)
        return Row(number: number, check: check, mark: mark == UInt8(ascii: ":") ? ":" : "+", text: String(decoding: rest, as: UTF8.self))
    }
}

extension Hex {
    /// Of either case.
    fileprivate static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
