import Foundation

/// What other programs make of the same data: the files that the scripts in `Fixtures/statistics` write.
enum StatisticsReference {
    struct Inspect: Decodable {
        struct Interval: Decodable {
            let level: Double
            let t: [Double]
            let wilson: [Double]?
        }
        let name: String
        let values: [Double]
        let clusters: [String]?
        let stderr: Double
        let intervals: [Interval]
        let epochs: [[Double]]?
    }

    struct Table: Decodable {
        struct Interval: Decodable { let successes: Int, count: Int, level: Double, interval: [Double] }
        struct Beta: Decodable { let x: Double, a: Double, b: Double, cumulative: Double }
        struct Binomial: Decodable { let successes: Int, count: Int, rate: Double, cumulative: Double, probability: Double }
        struct McNemar: Decodable { let firstOnly: Int, secondOnly: Int, pValue: Double, midP: Double }
        struct Newcombe: Decodable { let first: [Int], second: [Int], level: Double, interval: [Double] }
        struct PairedNewcombe: Decodable { let cells: [Int], interval: [Double] }
        struct Multiplicity: Decodable {
            let pValues: [Double], holm: [Double], benjaminiHochberg: [Double], benjaminiYekutieli: [Double]
        }
        struct Power: Decodable { let first: Double, second: Double, items: Int, power: Double, needed: Double }
        struct Settle: Decodable { let threshold: Double, rate: Double, items: Int, powers: [[Double]] }
        struct PassAtK: Decodable {
            let attempts: Int, passed: Int, k: Int, any: Double, all: Double, scores: [Double], best: Double?
        }
        struct Calibration: Decodable {
            let probabilities: [Double], outcomes: [Bool], bins: Int, brier: Double, auroc: Double, rounded: [Double]
            let ece: Double, eceEqualMass: Double?
        }
        struct SignedRank: Decodable {
            let differences: [Double], isExact: Bool, twoSided: Double, greater: Double, less: Double
        }
        struct SignFlip: Decodable { let differences: [Double], pValue: Double, greater: Double }
        struct Paired: Decodable { let first: [Double], second: [Double], pValue: Double, interval: [Double] }
        struct Corrected: Decodable { let counts: [Int], rate: Double, interval: [Double] }
        struct Generator: Decodable { let seed: UInt64, numbers: [String], below10: [Int] }
        struct Resampled: Decodable {
            let groups: [[Double]], seed: UInt64, resamples: Int, level: Double, percentile: [Double], bca: [Double]
        }

        let clopperPearson: [Interval]
        let beta: [Beta]
        let binomial: [Binomial]
        let mcnemar: [McNemar]
        let newcombe: [Newcombe]
        let pairedNewcombe: [PairedNewcombe]
        let multiplicity: [Multiplicity]
        let power: [Power]
        let settle: [Settle]
        let passAtK: [PassAtK]
        let calibration: [Calibration]
        let signedRank: [SignedRank]
        let signFlip: [SignFlip]
        let paired: Paired
        let corrected: [Corrected]
        let generator: Generator
        let bootstrap: [Resampled]
    }

    static func inspect() throws -> [Inspect] { try decode("inspect") }
    static func table() throws -> Table { try decode("reference") }

    private static func decode<Value: Decodable>(_ name: String) throws -> Value {
        let file = Bundle.module.bundleURL.appendingPathComponent("Fixtures/statistics/\(name).json")
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file))
    }
}
