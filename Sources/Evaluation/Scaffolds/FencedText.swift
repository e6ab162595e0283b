/// A text taken apart into fenced blocks and what stands between them (CommonMark 0.31.2, section 4.5).
package enum FencedText {
    package enum Part: Hashable, Sendable {
        case text(String)
        case block(Block)
    }

    package struct Block: Hashable, Sendable {
        /// What stands behind the opening fence, without white space around it.
        package let info: String
        /// The lines between the fences, each with its line feed.
        package let body: String
        /// Whether a closing fence was there.
        package let isClosed: Bool

        /// The first word of `info`, in lower case.
        package var language: String { info.split { $0 == " " || $0 == "\t" }.first.map { $0.lowercased() } ?? "" }
    }

    /// Time and memory are linear in the text.
    package static func parts(of text: String) -> [Part] {
        var parts: [Part] = []
        var outside = "", body = ""
        var open: (fence: Fence, info: String)?
        func endText() {
            if !outside.isEmpty { parts.append(.text(outside)) }
            outside = ""
        }
        for line in lines(of: text) {
            if let current = open {
                if let fence = Fence(line), fence.closes(current.fence) {
                    parts.append(.block(Block(info: current.info, body: body, isClosed: true)))
                    (open, body) = (nil, "")
                } else {
                    body += line
                }
            } else if let fence = Fence(line), fence.canOpen {
                endText()
                open = (fence, fence.info)
            } else {
                outside += line
            }
        }
        if let current = open { parts.append(.block(Block(info: current.info, body: body, isClosed: false))) }
        endText()
        return parts
    }

    package static func blocks(of text: String) -> [Block] {
        parts(of: text).compactMap { if case .block(let block) = $0 { block } else { nil } }
    }

    /// Lines with their line feeds. (By bytes: to `String`, a carriage return and a line feed are one character.)
    private static func lines(of text: String) -> [String] {
        var lines: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            lines.append(String(decoding: rest[..<end], as: UTF8.self))
            rest = rest[end...]
        }
        return lines
    }

    private struct Fence: Hashable {
        let mark: UInt8
        let length: Int
        let info: String

        /// Nil for a line that is no fence: up to three spaces, then three or more backticks or tildes.
        init?(_ line: String) {
            let bytes = Array(line.utf8)
            let start = bytes.prefix { $0 == UInt8(ascii: " ") }.count
            guard start <= 3, start < bytes.count else { return nil }
            let mark = bytes[start]
            guard mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
            let length = bytes[start...].prefix { $0 == mark }.count
            guard length >= 3 else { return nil }
            self.mark = mark
            self.length = length
            let rest = bytes[(start + length)...]
            let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
            let trimmed = rest.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
            info = String(decoding: Array(trimmed), as: UTF8.self)
        }

        var canOpen: Bool { mark != UInt8(ascii: "`") || !info.utf8.contains(UInt8(ascii: "`")) }

        func closes(_ other: Fence) -> Bool { mark == other.mark && length >= other.length && info.isEmpty }
    }
}

extension StringProtocol {
    /// Where a text stands first, by its bytes.
    package func byteRange(of part: String) -> Range<Index>? {
        guard !part.isEmpty else { return nil }
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: part.utf8) {
                return start..<utf8.index(start, offsetBy: part.utf8.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
