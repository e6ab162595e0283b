import CanonicalEncoding
import CommandSupport
import Evaluation
import Isolation

/// Runs a task's own scorers in the tool sandbox: up to sixteen samples a sandbox, each in a process of its own
/// (`ScorerProgram`), several sandboxes at a time.
///
/// Python runs as with `-I`, but for the environment, which is the sandbox's own and fixed: it has the seed of hashes.
package struct SandboxedScorers: ScorerRunner {
    /// Samples in one sandbox.
    static let groupSize = 16
    private static let groupBytes = 16 << 20

    private let sandbox: ToolSandbox
    private let seconds: Int
    private let width: Int

    /// - Parameters:
    ///   - seconds: for each sample, and for loading the files.
    ///   - memoryBytes: for the processes of one sandbox together.
    ///   - width: sandboxes at a time; nil for one a processor.
    package init(seconds: Int = 10, memoryBytes: Int = 512 << 20, width: Int? = nil) {
        self.seconds = seconds
        self.width = width ?? OrderedWork.processors
        sandbox = ToolSandbox(
            limits: ToolLimits(
                wall: .seconds(seconds * (Self.groupSize + 1) + 10), cpuSeconds: seconds, memoryBytes: memoryBytes, processes: 16,
                diskBytes: 16 << 20, diskFiles: 1024, outputBytes: 4 << 20, floodBytes: 8 << 20))
    }

    package func run(_ samples: [ScoredSample], files: [ScorerFile]) async throws -> [Result<[[String: Double]], RequestFailure>] {
        let lines = samples.map { Array(PythonJSON.text(Self.json($0)).utf8) }
        let ranges = groups(lines)
        let answers = try await BlockingWork.map(ranges, width: width) { group in
            try run(Array(lines[group]), samples: Array(samples[group]), files: files)
        }
        return answers.flatMap(\.self)
    }

    /// So many that every sandbox has something to do.
    private func groups(_ lines: [[UInt8]]) -> [Range<Int>] {
        let size = min(Self.groupSize, max(1, (lines.count + width - 1) / width))
        var (groups, start, bytes) = ([Range<Int>](), 0, 0)
        for (index, line) in lines.enumerated() {
            if index > start, index - start == size || bytes + line.count > Self.groupBytes {
                groups.append(start..<index)
                (start, bytes) = (index, 0)
            }
            bytes += line.count
        }
        if start < lines.count { groups.append(start..<lines.count) }
        return groups
    }

    /// Blocks until each has its outcome. A sandbox that ended early ended on the sample after the last that it told of; the rest
    /// goes to another.
    private func run(
        _ lines: [[UInt8]], samples: [ScoredSample], files: [ScorerFile]
    ) throws -> [Result<[[String: Double]], RequestFailure>] {
        var outcomes: [Result<[[String: Double]], RequestFailure>] = []
        while outcomes.count < lines.count {
            let rest = lines[outcomes.count...], before = outcomes.count
            let begin = Array(PythonJSON.text(head(rest, files)).utf8)
            let result = try sandbox.run(
                "/usr/bin/python3", ["-s", "-P", "-c", ScorerProgram.text, "\(begin.count)"], standardInput: begin + rest.joined())
            var told = result.standardOutput.cutBytes == 0 ? result.standardOutput.bytes.split(separator: UInt8(ascii: "\n"))[...] : []
            guard told.popFirst().map({ $0.elementsEqual("ready".utf8) }) == true else {
                let failure = Self.failure(of: result, what: "loading \(files.map(\.source.name).joined(separator: ", "))")
                return outcomes + rest.map { _ in .failure(failure) }
            }
            while let line = told.popFirst(), outcomes.count < lines.count,
                let word = Self.rest(of: line, after: "\(outcomes.count - before) ")
            {
                outcomes.append(ScorerAnswer.outcome(word, functions: samples[outcomes.count].calls.map { "\($0.function.path): \($0.function.name)" }))
            }
            guard outcomes.count < lines.count else { break }
            // One that left something behind has its outcome already.
            if result.outcome == .exited(code: ScorerProgram.leftBehind), outcomes.count > before { continue }
            outcomes.append(.failure(Self.failure(of: result, what: "a function")))
        }
        return outcomes
    }

    private static func rest(of line: ArraySlice<UInt8>, after prefix: String) -> String? {
        guard line.starts(with: prefix.utf8) else { return nil }
        return String(validating: line.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    // MARK: What goes in

    private func head(_ lines: ArraySlice<[UInt8]>, _ files: [ScorerFile]) -> JSONValue {
        [
            "files": .array(files.map { ["path": .string($0.source.name), "text": .string($0.text)] }), "seconds": .integer(Int64(seconds)),
            "longest": .integer(Int64(ScorerProgram.maximumAnswer)), "samples": .array(lines.map { .integer(Int64($0.count)) }),
        ]
    }

    private static func json(_ sample: ScoredSample) -> JSONValue {
        let calls = sample.calls.map { call in
            var object: JSONObject = ["file": .string(call.function.path), "name": .string(call.function.name)]
            switch call.arguments {
            case .results(let results, let arePairs):
                object["results"] = .array(results)
                object["pairs"] = .bool(arePairs)
            case .comparison(let right, let isOneOfMany, let response, let arguments):
                object["right"] = .array(right)
                object["many"] = .bool(isOneOfMany)
                object["response"] = response
                object["options"] = .object(arguments)
            }
            return JSONValue.object(object)
        }
        return ["item": .object(sample.item), "calls": .array(calls)]
    }

    /// Why a sandbox ended before it had told of every sample.
    private static func failure(of result: ToolResult, what: String) -> RequestFailure {
        switch result.outcome {
        case .timedOut: RequestFailure(code: "scorer-timed-out", message: "\(what) took longer than it may")
        case .signalled(14): RequestFailure(code: "scorer-timed-out", message: "\(what) took longer than it may")
        case .memoryExceeded: RequestFailure(code: "scorer-memory", message: "\(what) took more memory than it may")
        default: RequestFailure(code: "scorer-ended", message: "\(what) ended the process that runs it")
        }
    }
}
