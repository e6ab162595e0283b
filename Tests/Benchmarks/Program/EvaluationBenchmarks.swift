/// What an evaluation takes besides the engine.
struct EvaluationOverhead: Benchmark {
    let name = "evaluation-overhead"
    let summary = "1,000 questions and 1,000 short texts by assay-eval: what is not the engine's, 2 threads, batches of 16"

    func run() throws -> [Figure] {
        let runs = try EvaluationRuns()
        var figures: [Figure] = []
        for kind in [EvaluationRuns.Kind.choices, .texts] {
            let task = try runs.task(kind, items: 1000).file
            let reading = try runs.reading(task), one = try runs.run(task, limit: 1), all = try runs.run(task)
            let besides = all.seconds - all.engineSeconds
            // What a run of one item takes, but for the engine's part, is the model's loading and reading the items.
            let whole = reading + (all.wholeSeconds - all.engineSeconds) - (one.wholeSeconds - one.engineSeconds)
            figures.append(
                Figure(
                    name: "\(name).\(kind)", value: 100 * besides / all.seconds, unit: "% of the run", peer: "the engine's seconds",
                    peerValue: all.engineSeconds, ratio: besides / all.engineSeconds))
            figures.append(
                Figure(
                    name: "\(name).\(kind)-whole", value: 100 * whole / (whole + all.engineSeconds), unit: "%, reading items and writing logs included",
                    peer: "the engine's seconds", peerValue: all.engineSeconds, ratio: whole / all.engineSeconds))
        }
        return figures
    }
}

/// How fast the harness is where the engine takes no time, and what memory it needs.
struct EvaluationMemory: Benchmark {
    let name = "evaluation-memory"
    let summary = "1,000, 10,000 and 100,000 questions by assay-eval with an engine that answers at once: items a second, memory, logs written"

    func run() throws -> [Figure] {
        let runs = try EvaluationRuns()
        var figures: [Figure] = []
        var before: (count: Int, peak: Int, itemBytes: Int)?
        for count in [1000, 10_000, 100_000] {
            let task = try runs.task(.choices, items: count)
            let run = try runs.run(task.file, isInstant: true)
            let limit = Double(count) / (try runs.writing(pieces: (count + 15) / 16)), rate = Double(count) / run.seconds
            figures.append(
                Figure(
                    name: "\(name).items-\(count)", value: rate, unit: "items/s", peer: "the disk, the same samples synced in the same batches", peerValue: limit,
                    ratio: rate / limit))
            figures.append(Figure(name: "\(name).whole-\(count)", value: Double(count) / run.wholeSeconds, unit: "items/s, start, reading and logs included"))
            figures.append(Figure(name: "\(name).peak-\(count)", value: Double(run.peakBytes) / 1_048_576, unit: "MiB of anonymous memory"))
            if let before {
                let grown = Double(run.peakBytes - before.peak - (task.itemBytes - before.itemBytes)) / Double(count - before.count)
                figures.append(
                    Figure(
                        name: "\(name).growth-\(count)", value: grown, unit: "bytes a sample, the items' own bytes apart", peer: "a sample's bytes on the disk",
                        peerValue: Double(run.samplesBytes) / Double(count), ratio: grown / (Double(run.samplesBytes) / Double(count))))
            }
            before = (count, run.peakBytes, task.itemBytes)
        }
        return figures
    }
}
