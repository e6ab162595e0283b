/// Strings that end a text, which is cut before them.
struct StopStrings: Sendable {
    private let stops: [[UInt8]]
    private let longest: Int

    init(_ strings: [String]) {
        stops = strings.map { Array($0.utf8) }.filter { !$0.isEmpty }
        longest = stops.map(\.count).max() ?? 0
    }

    /// Where the first one begins of those that end after `place`: what came before has been looked through.
    func first(in bytes: [UInt8], after place: Int) -> Int? {
        var first: Int?
        for stop in stops {
            var start = max(0, place - stop.count + 1)
            while start + stop.count <= bytes.count, start < first ?? .max {
                if bytes[start..<(start + stop.count)].elementsEqual(stop) { first = start }
                start += 1
            }
        }
        return first
    }

    /// From where on the end of `bytes` may become one.
    func possibleStart(in bytes: [UInt8]) -> Int {
        var start = max(0, bytes.count - longest + 1)
        while start < bytes.count {
            if stops.contains(where: { $0.count > bytes.count - start && $0.starts(with: bytes[start...]) }) { return start }
            start += 1
        }
        return bytes.count
    }
}

/// A text that grows token by token and is taken away in parts.
struct WrittenText {
    private let stops: StopStrings
    private(set) var bytes: [UInt8] = []
    /// Bytes that were taken away.
    private var taken = 0
    private var part = Writing.Part()
    private var finishIsTold = false
    private(set) var count = 0
    private(set) var finish: LoadedModel.Generated.Finish?

    init(stops: StopStrings) { self.stops = stops }

    mutating func append(_ choice: Choice, bytes more: [UInt8]) {
        count += 1
        part.tokens.append(choice.token)
        part.logprobs.append(choice.logprob)
        if let alternatives = choice.alternatives { part.alternatives.append(alternatives) }
        bytes += more
        if let cut = stops.first(in: bytes, after: bytes.count - more.count) {
            bytes.removeLast(bytes.count - cut)
            finish = .stopString
        }
    }

    mutating func end(_ reason: LoadedModel.Generated.Finish) { finish = reason }

    /// What has come since the last time: of the text what is certain, and at the end all of it.
    mutating func take() -> Writing.Part {
        let certain = finish == nil ? Self.wholeCharacters(bytes, upTo: stops.possibleStart(in: bytes)) : bytes.count
        if certain > taken {
            part.text = String(decoding: bytes[taken..<certain], as: UTF8.self)
            taken = certain
        }
        if !finishIsTold, let finish {
            part.finish = finish
            finishIsTold = true
        }
        defer { part = Writing.Part() }
        return part
    }

    /// `end`, or where the character begins that is not complete there.
    private static func wholeCharacters(_ bytes: [UInt8], upTo end: Int) -> Int {
        // A character has at most four bytes; its first says how many.
        for back in 1...3 where back <= end {
            let byte = bytes[end - back]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > back ? end - back : end
        }
        return end
    }
}
