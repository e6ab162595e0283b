import CanonicalEncoding
import Foundation

/// Runs of `assay-eval` on as many items as one likes: the 220 questions of `assay_capability`, again and again under other ids.
struct EvaluationRuns {
    /// What a run took.
    struct Run {
        /// From the process' start to its end: the model's loading and the logs included.
        let wholeSeconds: Double
        /// Of the run itself, and of these the engine's.
        let seconds: Double
        let engineSeconds: Double
        /// The most anonymous memory, looked at 200 times a second.
        let peakBytes: Int
        let samplesBytes: Int
    }

    enum Kind: String { case choices, texts }

    static let folder = ".bench/evaluation"
    private static let program = ".build/release/assay-eval"
    private static let resources = "Sources/EvaluationSuites/Resources/capability"

    /// The folder of an `assay-eval` beside which an engine stands that answers at once.
    private let instant = "\(folder)/instant"
    private let files = FileManager.default

    init() throws {
        try? files.removeItem(atPath: Self.folder)
        try files.createDirectory(atPath: instant, withIntermediateDirectories: true)
        try files.copyItem(atPath: Self.program, toPath: "\(instant)/assay-eval")
        try files.copyItem(atPath: ".build/release/InstantEngine", toPath: "\(instant)/assay-engine")
    }

    /// Writes a task with so many items.
    /// - Returns: the task file, and the items' bytes.
    func task(_ kind: Kind, items count: Int) throws -> (file: String, itemBytes: Int) {
        let place = "\(Self.folder)/\(kind)-\(count)"
        try files.createDirectory(atPath: place, withIntermediateDirectories: true)
        let questions = try String(contentsOfFile: "\(Self.resources)/items.jsonl", encoding: .utf8).split(separator: "\n").map {
            try StrictJSON.parse(Array($0.utf8))
        }
        var items: [UInt8] = []
        for number in 0..<count {
            guard case .object(var item) = questions[number % questions.count] else { throw BenchmarkError(description: "an item is no object") }
            item["id"] = .string("\(item["id"]?.string ?? "")-\(number / questions.count)")
            items += try CanonicalJSON.encode(.object(item), numbers: .any) + [0x0A]
        }
        try Data(items).write(to: URL(filePath: "\(place)/items.jsonl"))
        var task = try String(contentsOfFile: "\(Self.resources)/assay_capability.yaml", encoding: .utf8)
        if kind == .texts {
            task = """
                task: texts
                dataset_path: json
                dataset_kwargs: {data_files: {test: items.jsonl}}
                test_split: test
                output_type: generate_until
                doc_to_text: "Question: {{question}}\\nAnswer:"
                doc_to_target: "{{choices[answer]}}"
                generation_kwargs: {until: ["\\n"], max_gen_toks: 16}
                metric_list: [{metric: exact_match, ignore_case: true, ignore_punctuation: true}]
                """
        }
        try task.write(toFile: "\(place)/task.yaml", atomically: true, encoding: .utf8)
        return ("\(place)/task.yaml", items.count)
    }

    /// - Parameter isInstant: with the engine that answers at once.
    func run(_ task: String, limit: Int? = nil, isInstant: Bool = false) throws -> Run {
        let out = "\(Self.folder)/out"
        try? files.removeItem(atPath: out)
        var arguments = ["run", "--model", BenchFiles.model, "--out", out, "--threads", "2", "--batch", "16", task]
        if let limit { arguments += ["--limit", "\(limit)"] }
        let (whole, peak) = try measure(isInstant ? "\(instant)/assay-eval" : Self.program, arguments)
        let results = try StrictJSON.parse([UInt8](Data(contentsOf: URL(filePath: "\(out)/results.json"))))
        guard let all = results["timing"]?["milliseconds"]?.double, let engine = results["timing"]?["engineMilliseconds"]?.double else {
            throw BenchmarkError(description: "assay-eval wrote no timing")
        }
        let size = try files.attributesOfItem(atPath: "\(out)/samples.jsonl")[.size] as? Int ?? 0
        return Run(wholeSeconds: whole, seconds: all / 1000, engineSeconds: engine / 1000, peakBytes: peak, samplesBytes: size)
    }

    /// Seconds to read a task with its items and put each into words.
    func reading(_ task: String) throws -> Double { try measure(Self.program, ["check", "--items", task]).seconds }

    /// Seconds to write the last run's samples in as many pieces as the run wrote, each on the disk before the next.
    func writing(pieces: Int) throws -> Double {
        let bytes = try Data(contentsOf: URL(filePath: "\(Self.folder)/out/samples.jsonl"))
        let path = "\(Self.folder)/written"
        _ = files.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        let clock = ContinuousClock(), started = clock.now
        for piece in 0..<pieces {
            try file.write(contentsOf: bytes[bytes.count * piece / pieces..<bytes.count * (piece + 1) / pieces])
            guard fdatasync(file.fileDescriptor) == 0 else { throw BenchmarkError(description: "\(path) cannot be synced") }
        }
        return (clock.now - started) / .seconds(1)
    }

    private func measure(_ program: String, _ arguments: [String]) throws -> (seconds: Double, peakBytes: Int) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        let clock = ContinuousClock(), started = clock.now
        try process.run()
        var peak = 0
        while process.isRunning {
            peak = max(peak, Self.anonymousBytes(process.processIdentifier))
            usleep(5_000)
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError(description: "\(program) \(arguments.joined(separator: " ")) ended with status \(process.terminationStatus)")
        }
        return ((clock.now - started) / .seconds(1), peak)
    }

    private static func anonymousBytes(_ process: Int32) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}
