import CanonicalEncoding

/// Asks a model whether it has read texts before: canaries, items, their order.
package struct ContaminationCheck: Sendable {
    package let model: any LanguageModel
    /// All that is drawn is drawn from it.
    package let seed: UInt64
    /// GUIDs that a canary is held against.
    package var guids = 1000
    /// Orders that the author's is held against.
    package var orders = 9
    /// Items in a row of which the order is changed.
    package var shard = 8
    package var confidence = DecimalText.ninetyFivePercent.double

    /// So many continuations are asked at once, and so many texts.
    private static let batch = 50
    private static let itemBatch = 16

    /// What stands before a canary that stands in no file.
    package static let commonContext = "This text is part of an evaluation and must stay out of training sets. Its canary GUID is "

    package init(model: any LanguageModel, seed: UInt64) { (self.model, self.seed) = (model, seed) }

    /// How many requests were answered since the last report.
    package typealias Progress = @Sendable (Int) -> Void

    /// Requests of each test, for a progress bar.
    package func requests(canaries: Int) -> Int { canaries * (guids + 1) }
    package func requests(items: [ContaminationItem], controls: [ContaminationItem]?) -> Int {
        let shown = items.count { !$0.choices.isEmpty }, blocks = OrderedShards(items, size: shard).shards.count
        return (shown + blocks) * (orders + 1) + 2 * items.count + 2 * (controls?.count ?? 0)
    }

    // MARK: Canary

    /// Where the canary's likelihood stands among those of other GUIDs, after what stands before it in the pack.
    /// - Parameter context: the words before the GUID.
    package func canary(_ canary: CanaryGUID, after context: String, progress: Progress) async throws -> ContaminationFinding {
        var generator = SeededGenerator(seed: seed)
        var texts = [canary.text]
        var seen: Set<String> = [canary.text]
        while texts.count <= guids {
            let control = canary.control(&generator)
            if seen.insert(control).inserted { texts.append(control) }
        }
        // Tokens begin with the space before them.
        let space = String(String.UnicodeScalarView(context.unicodeScalars.reversed().prefix { $0 == " " }))
        let prompt = String(context.unicodeScalars.dropLast(space.unicodeScalars.count))
        var losses: [Double] = []
        var next = 0
        while next < texts.count {
            try Task.checkCancellation()
            let part = Array(texts[next..<min(next + Self.batch, texts.count)])
            let answers = try await model.scoreContinuations([ContinuationRequest(prompt: .text(prompt), continuations: part.map { space + $0 })])
            guard let answer = answers.first, answers.count == 1 else {
                throw EvaluationError.modelMisbehaved("\(answers.count) scores for one prompt")
            }
            switch answer {
            case .success(let scores) where scores.count == part.count: losses += scores.map { -$0.logLikelihood }
            case .success(let scores): throw EvaluationError.modelMisbehaved("\(scores.count) scores for \(part.count) continuations")
            case .failure(let failure): throw EvaluationError.modelMisbehaved("a GUID cannot be scored: \(failure)")
            }
            next += part.count
            progress(part.count)
        }
        guard let rank = CanaryRank(canary: losses[0], controls: Array(losses.dropFirst())) else {
            throw EvaluationError.modelMisbehaved("a GUID has no likelihood")
        }
        return ContaminationFinding(
            test: .canary, subject: canary.text, count: rank.controls, clusters: rank.controls, figure: rank.exposure, interval: nil,
            pValue: rank.pValue,
            details: [
                .init(name: "rank", value: .integer(Int64(rank.rank))), .init(name: "context", value: .string(context)),
                .init(name: "nats", value: .string(DecimalText.fixed(-losses[0]) ?? "beyond")),
            ], failures: 0)
    }

    // MARK: Order

    /// Whether the author's order of each item's choices is likelier than others (exchangeability: Oren et al., "Proving test set
    /// contamination in black box language models", ICLR 2024, arXiv:2310.17623, for the order of items).
    /// - Returns: nil where no item shows its choices.
    package func choiceOrder(_ items: [ContaminationItem], subject: String, progress: Progress) async throws -> ContaminationFinding? {
        let shown = items.filter { !$0.choices.isEmpty }
        let units = shown.enumerated().map { index, item in
            let orders = self.orders(of: item.choices.count, stream: UInt64(index))
            return OrderUnit(cluster: item.cluster, texts: ([Array(item.choices.indices)] + orders).map(item.question))
        }
        return try await order(units, test: .choiceOrder, subject: subject, progress)
    }

    /// Whether the file's order of items is likelier than others: the same paper's test, in shards of neighbouring items, with ranks
    /// in the place of its t test, which need no assumption on likelihoods.
    /// - Returns: nil where there are too few items.
    package func itemOrder(_ items: [ContaminationItem], subject: String, progress: Progress) async throws -> ContaminationFinding? {
        let sharded = OrderedShards(items, size: shard)
        let units = sharded.shards.enumerated().map { index, blocks in
            let orders = self.orders(of: blocks.count, stream: 1 << 32 | UInt64(index))
            return OrderUnit(cluster: nil, texts: ([Array(blocks.indices)] + orders).map { order in order.map { blocks[$0] }.joined(separator: "\n\n") })
        }
        return try await order(units, test: .itemOrder, subject: subject, progress)
    }

    /// A text in the author's order, first, and in others.
    private struct OrderUnit {
        let cluster: String?
        let texts: [String]
    }

    /// Different orders, none of them the author's; as many as there are where these are few.
    private func orders(of count: Int, stream: UInt64) -> [[Int]] {
        var most = 1
        for factor in 2...max(2, count) where most <= orders { most *= min(factor, count) }
        var generator = SeededGenerator(seed: seed).stream(stream)
        var seen: Set<[Int]> = [Array(0..<count)], chosen: [[Int]] = []
        while chosen.count < min(orders, most - 1) {
            let order = generator.permutation(count)
            if seen.insert(order).inserted { chosen.append(order) }
        }
        return chosen
    }

    private func order(
        _ units: [OrderUnit], test: ContaminationFinding.Test, subject: String, _ progress: Progress
    ) async throws -> ContaminationFinding? {
        var ranks: [(rank: Int, of: Int)] = []
        var gains: [(value: Double, cluster: String?)] = []
        var failures = 0
        for unit in units {
            let scores = try await likelihoods(unit.texts, progress)
            // Fewer texts than announced, where there are fewer orders.
            progress(orders + 1 - unit.texts.count)
            guard let own = scores[0], scores.allSatisfy({ $0 != nil }) else {
                failures += 1
                continue
            }
            let others = scores.dropFirst().compactMap { $0 }
            ranks.append((1 + others.count { $0 >= own }, scores.count))
            gains.append(((own - others.reduce(0, +) / Double(others.count)) / Double(max(1, unit.texts[0].utf8.count)), unit.cluster))
        }
        guard let total = RankTotal(ranks), let values = ClusteredValues(gains), let mean = MeanEstimate(values) else { return nil }
        return ContaminationFinding(
            test: test, subject: subject, count: values.count, clusters: values.clusterCount, figure: mean.mean,
            interval: mean.interval(confidence: confidence), pValue: total.pValue,
            details: [
                .init(name: "first", value: .integer(Int64(ranks.count { $0.rank == 1 }))),
                .init(name: "orders", value: .integer(Int64(orders))),
            ], failures: failures)
    }

    // MARK: Items and control items

    /// Whether the model completes items, and whether they are likelier than control items.
    package func items(
        _ items: [ContaminationItem], controls: [ContaminationItem]?, subject: String, progress: Progress
    ) async throws -> [ContaminationFinding] {
        let own = try await read(items, progress)
        var other: Readings?
        if let controls { other = try await read(controls, progress) }
        var findings: [ContaminationFinding] = []
        if let values = ClusteredValues(own.shares), let mean = BoundedMean(values, confidence: confidence),
            let exact = Proportion(outcomes: own.exact, confidence: confidence)
        {
            var details = [ContaminationFinding.Detail(name: "whole", value: .object(exact.jsonMembers))]
            var p: Double?
            if let other, let controlValues = ClusteredValues(other.shares), let control = BoundedMean(controlValues, confidence: confidence),
                let controlExact = Proportion(outcomes: other.exact, confidence: confidence)
            {
                p = TwoSampleTest(first: values, second: controlValues, seed: seed)?.pValueGreater
                details += [
                    .init(name: "controls", value: .integer(Int64(control.count))),
                    .init(name: "controlFigure", value: .string(DecimalText.fixed(control.mean) ?? "beyond")),
                    .init(name: "controlWhole", value: .object(controlExact.jsonMembers)),
                ]
            }
            findings.append(
                ContaminationFinding(
                    test: .completion, subject: subject, count: mean.count, clusters: mean.clusters, figure: mean.mean, interval: mean.interval,
                    pValue: p, details: details, failures: own.failures))
        }
        if let other, let values = ClusteredValues(own.likelihoods), let controls = ClusteredValues(other.likelihoods),
            let test = TwoSampleTest(first: values, second: controls, seed: seed &+ 1), let mean = MeanEstimate(values),
            let control = MeanEstimate(controls)
        {
            // Of two independent means (Welch); the smaller number of clusters, less one, for degrees of freedom.
            let error = mean.standardError.flatMap { one in control.standardError.map { (one * one + $0 * $0).squareRoot() } }
            let t = StudentT.quantile(0.5 + confidence / 2, freedom: Double(max(1, min(mean.clusters, control.clusters) - 1)))
            let half = error.flatMap { error in t.map { error * $0 } }
            findings.append(
                ContaminationFinding(
                    test: .loss, subject: subject, count: values.count, clusters: values.clusterCount, figure: test.difference,
                    interval: half.map { ConfidenceInterval(lower: test.difference - $0, upper: test.difference + $0) },
                    pValue: test.pValueGreater,
                    details: [
                        .init(name: "controls", value: .integer(Int64(controls.count))),
                        .init(name: "lossRatio", value: .string(DecimalText.fixed(mean.mean / control.mean) ?? "beyond")),
                    ], failures: own.failures + other.failures))
        }
        return findings
    }

    /// What the model makes of items: of each the share of its second half that it writes, whether that is all of it, and the
    /// likelihood of the whole per byte.
    private struct Readings {
        var shares: [(value: Double, cluster: String?)] = []
        var exact: [(success: Bool, cluster: String?)] = []
        var likelihoods: [(value: Double, cluster: String?)] = []
        var failures = 0
    }

    private func read(_ items: [ContaminationItem], _ progress: Progress) async throws -> Readings {
        var readings = Readings()
        var next = 0
        while next < items.count {
            let part = Array(items[next..<min(next + Self.itemBatch, items.count)])
            next += part.count
            let likelihoods = try await self.likelihoods(part.map(\.text), progress)
            let halves = part.map { Halves($0.text) }
            var written = try await completions(halves.compactMap(\.self))[...]
            progress(part.count)
            for (index, item) in part.enumerated() {
                let text = halves[index] == nil ? nil : written.removeFirst()
                guard let likelihood = likelihoods[index], halves[index] == nil || text != nil else {
                    readings.failures += 1
                    continue
                }
                readings.likelihoods.append((likelihood / Double(max(1, item.text.utf8.count)), item.cluster))
                guard let halves = halves[index], let text else { continue }
                let share = halves.share(of: text)
                readings.shares.append((share, item.cluster))
                readings.exact.append((share == 1, item.cluster))
            }
        }
        return readings
    }

    /// What the model writes after first halves, greedily; nil for those that it cannot read.
    private func completions(_ halves: [Halves]) async throws -> [String?] {
        guard !halves.isEmpty else { return [] }
        try Task.checkCancellation()
        // Prompts with one limit go together. A token has seldom fewer than two bytes; more of them change no beginning.
        let most = halves.reduce(0) { max($0, min(128, $1.second.utf8.count / 2 + 4)) }
        let answers = try await model.generate(
            halves.map { GenerationRequest(prompt: .text($0.first), maximumTokens: most, stopStrings: [], temperature: 0, seed: seed) })
        guard answers.count == halves.count else { throw EvaluationError.modelMisbehaved("\(answers.count) texts for \(halves.count) prompts") }
        return answers.map { try? $0.get().text }
    }

    /// Of whole texts, in nats; nil for one that the model cannot read.
    private func likelihoods(_ texts: [String], _ progress: Progress) async throws -> [Double?] {
        try Task.checkCancellation()
        let answers = try await model.scoreTexts(texts)
        guard answers.count == texts.count else { throw EvaluationError.modelMisbehaved("\(answers.count) scores for \(texts.count) texts") }
        progress(texts.count)
        return answers.map { answer in (try? answer.get().logLikelihood).flatMap { $0.isFinite ? $0 : nil } }
    }
}
