import CPCRE2

/// A regular expression as Python's `re` reads it, which task files are written for: carried out by PCRE2, to which it is
/// translated where the two differ.
///
/// A task's expressions are run over what a model wrote, and both may be hostile: all searches of a text together may take so many
/// steps and no more (`MatchBudget`), and beyond that it is a failure of that sample.
package struct PythonExpression: Sendable {
    package struct Failure: Error, Hashable, Sendable {
        package let message: String
    }

    package let source: String
    private let program: Program

    static let maximumBytes = 16 << 10
    /// PCRE2's own count, for the matches that begin at one place: its memory grows with it.
    static let maximumSteps: UInt32 = 5_000_000

    /// - Throws: for what Python's `re` does not take, and for what is not translated.
    package init(_ source: String) throws(Failure) {
        guard source.utf8.count <= Self.maximumBytes else {
            throw Failure(message: "it has \(source.utf8.count) bytes; at most \(Self.maximumBytes) are read")
        }
        self.source = source
        var translation = ExpressionTranslation(source)
        program = try Program(try translation.translated())
    }

    /// `re.escape`.
    static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if "()[]{}?*+-|^$\\.&~# \t\n\r\u{0B}\u{0C}".unicodeScalars.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    /// `re.findall`: for each match its groups, or the whole of it where the expression has none. A group that took no part
    /// is empty.
    package func findAll(in text: String) throws(Failure) -> [[String]] {
        var budget = MatchBudget()
        return try findAll(in: text, within: &budget)
    }

    func findAll(in text: String, within budget: inout MatchBudget) throws(Failure) -> [[String]] {
        var found: [[String]] = []
        try program.matches(in: Array(text.utf8), within: &budget) { bytes, groups in
            let wanted = groups.count > 1 ? groups.dropFirst() : groups[...]
            found.append(wanted.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "" })
        }
        return found
    }

    /// Whether there is a match anywhere (`re.search`).
    package func isFound(in text: String) throws(Failure) -> Bool {
        var (isFound, budget) = (false, MatchBudget())
        try program.matches(in: Array(text.utf8), within: &budget, limit: 1) { _, _ in isFound = true }
        return isFound
    }

    /// `re.sub`, with a replacement that stands for itself.
    package func replacingAll(in text: String, with replacement: String) throws(Failure) -> String {
        var budget = MatchBudget()
        return try replacingAll(in: text, with: replacement, within: &budget)
    }

    func replacingAll(in text: String, with replacement: String, within budget: inout MatchBudget) throws(Failure) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        try program.matches(in: bytes, within: &budget) { bytes, groups in
            guard let whole = groups[0] else { return }
            result += bytes[position..<whole.lowerBound]
            result += replacement.utf8
            position = whole.upperBound
        }
        result += bytes[position...]
        return String(decoding: result, as: UTF8.self)
    }
}

extension PythonExpression: Hashable {
    package static func == (one: PythonExpression, other: PythonExpression) -> Bool {
        one.source.utf8.elementsEqual(other.source.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// A compiled expression.
///
/// Sendable though it holds a pointer: PCRE2 never changes compiled code while it matches (pcre2api, "Multithreading").
private final class Program: @unchecked Sendable {
    private let code: OpaquePointer
    private let limits: OpaquePointer

    init(_ pattern: String) throws(PythonExpression.Failure) {
        guard let context = pcre2_compile_context_create_8(nil), let limits = pcre2_match_context_create_8(nil) else {
            throw PythonExpression.Failure(message: "no memory for it")
        }
        defer { pcre2_compile_context_free_8(context) }
        pcre2_set_newline_8(context, UInt32(PCRE2_NEWLINE_LF))
        var (error, offset) = (CInt(0), 0)
        // With a call-out before each of its parts, by which steps are counted.
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C) | UInt32(PCRE2_AUTO_CALLOUT)
        let bytes = Array(pattern.utf8)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, context) else {
            pcre2_match_context_free_8(limits)
            throw PythonExpression.Failure(message: "\(Self.message(error)), about character \(offset + 1)")
        }
        pcre2_set_match_limit_8(limits, PythonExpression.maximumSteps)
        pcre2_set_heap_limit_8(limits, 64 << 10)
        self.code = code
        self.limits = limits
    }

    deinit {
        pcre2_code_free_8(code)
        pcre2_match_context_free_8(limits)
    }

    /// Every match from left to right, as Python's `finditer` finds them: after an empty one the next may begin at the same
    /// place, but not be empty there.
    func matches(
        in text: [UInt8], within budget: inout MatchBudget, limit: Int = Int.max, _ body: ([UInt8], [Range<Int>?]) -> Void
    ) throws(PythonExpression.Failure) {
        guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else {
            throw PythonExpression.Failure(message: "no memory to match")
        }
        defer { pcre2_match_data_free_8(data) }
        guard let limits = pcre2_match_context_copy_8(limits) else { throw PythonExpression.Failure(message: "no memory to match") }
        let steps = UnsafeMutablePointer<Int>.allocate(capacity: 1)
        steps.initialize(to: budget.left)
        defer {
            pcre2_match_context_free_8(limits)
            budget.left = steps.pointee
            steps.deallocate()
        }
        pcre2_set_callout_8(limits, countStep, steps)
        let groupCount = Int(pcre2_get_ovector_count_8(data))
        var (position, wasEmpty, count) = (0, false, 0)
        while count < limit {
            let options = (wasEmpty ? UInt32(PCRE2_NOTEMPTY_ATSTART) : 0) | UInt32(count == 0 ? 0 : PCRE2_NO_UTF_CHECK)
            let result = pcre2_match_8(code, text, text.count, position, options, data, limits)
            if result == PCRE2_ERROR_NOMATCH { return }
            guard result > 0, let places = pcre2_get_ovector_pointer_8(data) else {
                let limits = [PCRE2_ERROR_CALLOUT, PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_DEPTHLIMIT]
                throw limits.contains(result) ? MatchBudget.exceeded : PythonExpression.Failure(message: Self.message(result))
            }
            // What a match leaves behind is memory: a text for each group.
            steps.pointee -= groupCount
            guard steps.pointee >= 0 else { throw MatchBudget.exceeded }
            var groups: [Range<Int>?] = []
            for group in 0..<groupCount {
                let (start, end) = (places[2 * group], places[2 * group + 1])
                // Unset groups are PCRE2_UNSET; with \K, which Python has not, a start could lie after its end.
                groups.append(start >= 0 && start <= end && end <= text.count ? start..<end : nil)
            }
            guard let whole = groups[0] else { throw PythonExpression.Failure(message: "a match without a place") }
            body(text, groups)
            wasEmpty = whole.isEmpty
            position = whole.upperBound
            count += 1
        }
    }

    private static func message(_ code: CInt) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return count < 0 ? "error \(code)" : String(decoding: buffer.prefix(Int(count)), as: UTF8.self)
    }
}

/// Takes a step from the number that `data` points at; ends the match where none is left.
private let countStep: @convention(c) (UnsafeMutablePointer<pcre2_callout_block_8>?, UnsafeMutableRawPointer?) -> CInt = { _, data in
    guard let steps = data?.assumingMemoryBound(to: Int.self), steps.pointee > 0 else { return PCRE2_ERROR_CALLOUT }
    steps.pointee -= 1
    return 0
}
