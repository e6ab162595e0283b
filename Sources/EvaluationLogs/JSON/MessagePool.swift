import CanonicalEncoding

/// The messages that a sample's calls of the model were given, each once: a call of many turns repeats those of all before it.
struct MessagePool: Sendable {
    /// Each as JSON, in order of its first appearance.
    private var messages: [[UInt8]] = []
    private var index: [[UInt8]: Int] = [:]
    private var isTooDeep = false

    /// The messages as ranges of the pool (a first and one behind the last), which takes in those that are new.
    mutating func references(to input: [InspectLog.Message]) -> [[Int]] {
        var ranges: [[Int]] = []
        for message in input {
            var text = LogText()
            message.append(to: &text)
            isTooDeep = isTooDeep || text.isTooDeep
            let position = index[text.bytes] ?? messages.count
            if position == messages.count {
                index[text.bytes] = position
                messages.append(text.bytes)
            }
            if let last = ranges.last, last[1] == position {
                ranges[ranges.count - 1][1] += 1
            } else {
                ranges.append([position, position + 1])
            }
        }
        return ranges
    }

    /// What `events_data` holds: raw calls are not pooled.
    func append(to text: inout LogText) {
        text.isTooDeep = text.isTooDeep || isTooDeep
        text.object { text in
            text.key("messages")
            text.array { text in
                for message in messages {
                    text.separate()
                    text.raw(message)
                }
            }
            text.key("calls")
            text.array { _ in }
        }
    }

    /// Puts a sample's messages where its events point at them.
    static func resolve(_ field: JSONField, in events: inout [InspectLog.Event]) throws(JSONFieldError) {
        try field.allow(only: ["messages", "calls"])
        guard try field.field("calls").array().isEmpty else { throw field.failure("raw calls are not pooled here") }
        let messages = try [InspectLog.Message](reading: try field.field("messages"))
        var total = 0
        for position in events.indices {
            guard case .model(var call) = events[position].kind, let references = call.inputReferences else { continue }
            guard call.input.isEmpty else { throw field.failure("a call has both messages and references to some") }
            for range in references {
                guard range.count == 2, 0 <= range[0], range[0] < range[1], range[1] <= messages.count else {
                    throw field.failure("\(range) is no range of the \(messages.count) messages")
                }
                total += range[1] - range[0]
                // Few references can stand for very many messages.
                guard total <= 1_000_000 else { throw field.failure("more than a million messages are referred to") }
                call.input += messages[range[0]..<range[1]]
            }
            call.inputReferences = nil
            events[position].kind = .model(call)
        }
    }
}
