import CanonicalEncoding
import Foundation

/// One measured figure, and a peer's in the same run.
struct Figure {
    let name: String
    let value: Double
    let unit: String
    var peer: String?
    var peerValue: Double?
    /// value / peerValue, the median over paired rounds where there were several.
    var ratio: Double?

    var json: JSONValue {
        [
            "name": .string(name), "value": .number(value), "unit": .string(unit), "peer": peer.map { .string($0) } ?? .null,
            "peer_value": peerValue.map { .number($0) } ?? .null, "ratio": ratio.map { .number($0) } ?? .null,
        ]
    }

    var text: String {
        func short(_ value: Double) -> String { String(format: abs(value) >= 100 ? "%.0f" : "%.4g", value) }
        var text = "\(name): \(short(value)) \(unit)"
        if let peer { text += "; \(peer)" + (peerValue.map { ": \(short($0))" } ?? "") }
        if let ratio { text += "; ratio \(String(format: "%.3f", ratio))" }
        return text
    }
}

/// The figures' file: what is measured again replaces what was there.
struct Results {
    let path: String
    private var lines: [(name: String, text: String)] = []

    init(path: String) throws {
        self.path = path
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return }
        for line in text.split(separator: "\n") {
            guard let name = try? StrictJSON.parse(Array(line.utf8))["name"]?.string else { continue }
            lines.append((name, String(line)))
        }
    }

    mutating func replace(_ benchmark: String, with figures: [Figure]) throws {
        lines.removeAll { $0.name.hasPrefix(benchmark + ".") }
        for figure in figures {
            lines.append((figure.name, String(decoding: try CanonicalJSON.encode(figure.json, numbers: .any), as: UTF8.self)))
        }
        let text = lines.map { $0.text + "\n" }.joined()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}

/// Two measurements taken in turn, the one that goes first changing each round, so that whatever the machine does besides
/// falls on both.
struct PairedRates {
    private(set) var ours: [Double] = []
    private(set) var peers: [Double] = []

    static func measure(rounds: Int, ours: () throws -> Double, peer: () throws -> Double) rethrows -> PairedRates {
        var rates = PairedRates()
        try alternate(rounds: rounds, ours: ours, peer: peer) { rates.add($0, $1) }
        return rates
    }

    static func alternate<Own, Peer>(
        rounds: Int, ours: () throws -> Own, peer: () throws -> Peer, take: (Own, Peer) throws -> Void
    ) rethrows {
        for round in 0..<rounds {
            if round.isMultiple(of: 2) {
                let own = try ours()
                try take(own, peer())
            } else {
                let other = try peer()
                try take(ours(), other)
            }
        }
    }

    mutating func add(_ own: Double, _ peer: Double) {
        ours.append(own)
        peers.append(peer)
    }

    func figure(_ name: String, unit: String, peer: String) -> Figure {
        Figure(
            name: name, value: Self.median(ours), unit: unit, peer: peer, peerValue: Self.median(peers),
            ratio: Self.median(zip(ours, peers).map { $0 / $1 }))
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
