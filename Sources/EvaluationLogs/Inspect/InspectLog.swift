import CanonicalEncoding

/// The evaluation log of Inspect (inspect_ai), file format `.eval`, version 2: the values that it holds, named as there.
///
/// The schema is that of inspect_ai 0.3.285, as far as an evaluation of text by one model needs it. Nothing here is signed; numbers are
/// floating-point, also those that are not finite.
package enum InspectLog {
    package static let version = 2

    /// A moment in UTC, to the microsecond.
    package struct Time: Sendable, Hashable, LogValue {
        package let unixMicroseconds: Int64

        /// - Parameter unixMicroseconds: from 1970 to 9999.
        package init?(unixMicroseconds: Int64) {
            guard unixMicroseconds >= 0, Timestamp(unixSeconds: unixMicroseconds / 1_000_000) != nil else { return nil }
            self.unixMicroseconds = unixMicroseconds
        }

        package init(_ second: Timestamp) { unixMicroseconds = second.unixSeconds * 1_000_000 }

        /// 1970, until a time is given.
        package init() { unixMicroseconds = 0 }

        /// As Python's `datetime.isoformat` writes it: six digits of fraction, or none.
        package var text: String {
            let second = Timestamp(unixSeconds: unixMicroseconds / 1_000_000)?.rfc3339 ?? ""
            let fraction = unixMicroseconds % 1_000_000
            return "\(second.dropLast())\(fraction == 0 ? "" : ".\(String(fraction + 1_000_000).dropFirst())")+00:00"
        }

        init(reading field: JSONField) throws(JSONFieldError) {
            let text = try field.string()
            let parts = text.dropLast(6).split(separator: ".", omittingEmptySubsequences: false)
            guard let first = parts.first, let second = Timestamp(rfc3339: "\(first)Z"),
                let fraction = parts.count == 2 ? Int64(parts[1]) : 0,
                let time = Time(unixMicroseconds: second.unixSeconds &* 1_000_000 &+ fraction), time.text == text
            else { throw field.failure("\"\(text.prefix(64))\" is no time as 2026-01-31T12:00:00.123456+00:00 is") }
            self = time
        }

        func append(to text: inout LogText) { text.string(self.text) }
    }

    /// How a sample is called: an integer or a text. The integer 1 and the text "1" are the same sample to Inspect.
    package enum SampleID: Sendable, Hashable, LogValue {
        case integer(Int64)
        case text(String)

        package var text: String {
            switch self {
            case .integer(let integer): String(integer)
            case .text(let text): text
            }
        }

        init(reading field: JSONField) throws(JSONFieldError) {
            if case .integer(let integer) = field.value { self = .integer(integer) } else { self = .text(try String(reading: field)) }
        }

        func append(to text: inout LogText) {
            switch self {
            case .integer(let integer): text.integer(integer)
            case .text(let string): text.string(string)
            }
        }
    }

    /// One text or several.
    package enum Target: Sendable, Hashable, LogValue {
        case text(String)
        case list([String])

        init(reading field: JSONField) throws(JSONFieldError) {
            if case .array = field.value { self = .list(try [String](reading: field)) } else { self = .text(try String(reading: field)) }
        }

        func append(to text: inout LogText) {
            switch self {
            case .text(let string): text.string(string)
            case .list(let list): list.append(to: &text)
            }
        }
    }

    package enum Status: String, Sendable, Hashable, LogWord {
        case started, success, cancelled, error
    }

    /// What went wrong, in words; a traceback where there is one.
    package struct Failure: Sendable, Hashable, LogRecord {
        package var message = ""
        package var traceback = ""
        /// The same with ANSI colours.
        package var tracebackANSI = ""

        init() {}
        package init(_ message: String, traceback: String = "") {
            (self.message, self.traceback, tracebackANSI) = (message, traceback, traceback)
        }

        static let fields: [LogField<Self>] = [
            .always("message", \.message), .always("traceback", \.traceback), .always("traceback_ansi", \.tracebackANSI),
        ]
    }

    /// Tokens that went in and came out.
    package struct Usage: Sendable, Hashable, LogRecord {
        package var inputTokens = 0
        package var outputTokens = 0
        package var totalTokens = 0
        package var inputTokensCacheRead: Int?
        package var reasoningTokens: Int?

        init() {}
        package init(input: Int, output: Int, cacheRead: Int? = nil) {
            (inputTokens, outputTokens, inputTokensCacheRead) = (input, output, cacheRead)
            let (sum, overflow) = input.addingReportingOverflow(output)
            totalTokens = overflow ? .max : sum
        }

        static let fields: [LogField<Self>] = [
            .always("input_tokens", \.inputTokens), .always("output_tokens", \.outputTokens), .always("total_tokens", \.totalTokens),
            .maybe("input_tokens_cache_read", \.inputTokensCacheRead), .maybe("reasoning_tokens", \.reasoningTokens),
        ]
    }
}
