/// The normalization forms (Unicode Standard Annex 15), from a table of Unicode 9: that of the crate behind the
/// `tokenizers` library, `unicode-normalization-alignments` 0.1. What was assigned later stays as it is.
enum NormalizationForm: Sendable, Hashable {
    case nfc, nfd, nfkc, nfkd

    private var isCompatible: Bool { self == .nfkc || self == .nfkd }
    private var composes: Bool { self == .nfc || self == .nfkc }

    /// Bytes that are not UTF-8 stay as they are, and nothing is reordered or composed across them.
    func normalize(_ text: [UInt8]) -> [UInt8] {
        if Characters.isASCII(text) { return text }
        let tables = Decompositions.shared
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        // The characters from the last starter on, with their combining classes.
        var pending: [Mark] = []
        func flush() {
            if pending.isEmpty { return }
            Self.reorder(&pending)
            if composes { Self.compose(&pending, tables) }
            for mark in pending { Characters.append(mark.scalar, to: &result) }
            pending.removeAll(keepingCapacity: true)
        }
        func add(_ scalar: Unicode.Scalar) {
            let mark = Mark(scalar: scalar, combiningClass: Decompositions.combiningClass(scalar))
            // A starter may still compose with the one before it.
            if mark.combiningClass == 0, !pending.isEmpty, !(composes && tables.mayComposeWithPrevious(scalar)) { flush() }
            pending.append(mark)
        }
        text.withUnsafeBytes { text in
            var position = 0
            while position < text.count {
                let lead = text[position]
                if lead < 0x80 {
                    add(Unicode.Scalar(lead))
                    position += 1
                } else if let (scalar, length) = Characters.multibyte(text, position, text.count) {
                    tables.decompose(scalar, compatible: isCompatible, add)
                    position += length
                } else {
                    flush()
                    result.append(lead)
                    position += 1
                }
            }
        }
        flush()
        return result
    }

    private struct Mark {
        var scalar: Unicode.Scalar
        let combiningClass: UInt8
    }

    /// Canonical order: each run of marks by combining class, those of one class as they stand.
    private static func reorder(_ marks: inout [Mark]) {
        var start = 0
        while start < marks.count {
            var end = start
            while end < marks.count, marks[end].combiningClass != 0 { end += 1 }
            if end - start > 1 {
                let sorted = marks[start..<end].enumerated().sorted {
                    ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
                }
                for (offset, mark) in sorted.enumerated() { marks[start + offset] = mark.element }
            }
            start = end + 1
        }
    }

    /// The canonical composition algorithm (The Unicode Standard, D117).
    private static func compose(_ marks: inout [Mark], _ tables: Decompositions) {
        var result: [Mark] = []
        result.reserveCapacity(marks.count)
        var starter: Int?
        var lastClass: Int = -1
        for mark in marks {
            if let index = starter {
                let isBlocked = lastClass >= Int(mark.combiningClass) && lastClass != -1
                if !isBlocked, let composed = tables.composition(result[index].scalar, mark.scalar) {
                    result[index].scalar = composed
                    continue
                }
            }
            result.append(mark)
            if mark.combiningClass == 0 {
                starter = result.count - 1
                lastClass = -1
            } else {
                lastClass = Int(mark.combiningClass)
            }
        }
        marks = result
    }
}
