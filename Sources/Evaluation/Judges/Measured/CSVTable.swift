/// A CSV file (RFC 4180) with a header: fields between commas, in double quotes where they hold commas, quotes (doubled)
/// or line ends.
struct CSVTable {
    struct Row {
        /// As many as the header has.
        let cells: [String]
        /// Where it begins, from 1.
        let line: Int
    }

    let header: [String]
    let headerLine: Int
    let rows: [Row]

    /// - Throws: `TaskError` with the line, where a quote is not closed or a row is not as wide as the header.
    init(_ bytes: [UInt8], file: String) throws(TaskError) {
        guard bytes.count <= ItemFile.maximumBytes else {
            throw TaskError(.limit, "\(bytes.count) bytes; at most \(ItemFile.maximumBytes) are read", file: file)
        }
        var scanner = Scanner(bytes: bytes, file: file)
        scanner.skipRemarks()
        guard let first = try scanner.row(), first.cells.count <= 256 else {
            throw TaskError(.invalid, "there is no header, or one of more than 256 columns", file: file)
        }
        header = first.cells
        headerLine = first.line
        var rows: [Row] = []
        while let row = try scanner.row() {
            // An empty line is none.
            if row.cells == [""] { continue }
            guard row.cells.count == header.count else {
                throw TaskError(
                    .invalid, "\(row.cells.count) fields, and the header has \(header.count)", file: file, line: row.line)
            }
            rows.append(row)
        }
        guard !rows.isEmpty else { throw TaskError(.invalid, "there is nothing below the header", file: file) }
        self.rows = rows
    }

    private struct Scanner {
        let bytes: [UInt8]
        let file: String
        var position = 0
        var line = 1

        init(bytes: [UInt8], file: String) {
            (self.bytes, self.file) = (bytes, file)
            // A byte order mark.
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        }

        mutating func skipRemarks() {
            while position < bytes.count, bytes[position] == UInt8(ascii: "#") {
                position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
                line += 1
            }
        }

        mutating func row() throws(TaskError) -> Row? {
            guard position < bytes.count else { return nil }
            let start = line
            var cells: [String] = []
            while true {
                cells.append(try cell())
                guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
                position += 1
            }
            if position < bytes.count, bytes[position] == UInt8(ascii: "\r") { position += 1 }
            if position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
                position += 1
                line += 1
            }
            return Row(cells: cells, line: start)
        }

        private mutating func cell() throws(TaskError) -> String {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                let start = position
                while position < bytes.count, !",\r\n".utf8.contains(bytes[position]) { position += 1 }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
            let start = line
            position += 1
            var text: [UInt8] = []
            while true {
                guard position < bytes.count else {
                    throw TaskError(.syntax, "a field's quote is not closed", file: file, line: start)
                }
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    guard position < bytes.count, bytes[position] == byte else { break }
                    position += 1
                } else if byte == UInt8(ascii: "\n") {
                    line += 1
                }
                text.append(byte)
            }
            guard position == bytes.count || ",\r\n".utf8.contains(bytes[position]) else {
                throw TaskError(.syntax, "text after a field's closing quote", file: file, line: line)
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
