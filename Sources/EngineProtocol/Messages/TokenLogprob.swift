import CanonicalEncoding

/// A token and how likely it was at its place.
package struct TokenLogprob: Hashable, Sendable {
    package var token: Int
    /// Natural logarithm of the token's probability given all before it, whatever was done to the choice (temperature, penalties).
    package var logprob: Float

    package init(token: Int, logprob: Float) {
        self.token = token
        self.logprob = logprob
    }
}

/// The likeliest tokens at each of several places.
package struct TokenAlternatives: Hashable, Sendable {
    /// The most that can be asked for at one place.
    package static let maximumCount = 128

    /// At each place the likeliest first, the lower id among equals.
    package var places: [[TokenLogprob]]

    package init(_ places: [[TokenLogprob]] = []) { self.places = places }
}

extension TokenAlternatives: WireMessage {
    /// Three flat lists: a batch may hold a hundred thousand places.
    package var json: JSONValue {
        [
            "counts": .array(places.map { .count($0.count) }), "tokens": .tokens(places.flatMap { $0.map(\.token) }),
            "logprobs": .exact(places.flatMap { $0.map(\.logprob) }),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["counts", "tokens", "logprobs"])
        let counts = try field.field("counts").tokens()
        let tokens = try field.field("tokens").tokens(), logprobs = try field.field("logprobs").exactFloats()
        guard counts.allSatisfy({ $0 <= Self.maximumCount }), counts.reduce(0, +) == tokens.count, tokens.count == logprobs.count else {
            throw field.failure("counts, tokens and logprobs do not fit together")
        }
        var places: [[TokenLogprob]] = []
        places.reserveCapacity(counts.count)
        var start = 0
        for count in counts {
            places.append((start..<start + count).map { TokenLogprob(token: tokens[$0], logprob: logprobs[$0]) })
            start += count
        }
        self.init(places)
    }
}
