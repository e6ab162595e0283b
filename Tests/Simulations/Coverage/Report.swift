import Evaluation

/// What a study found, cell by cell.
struct Report: Sendable {
    struct Factor: Sendable {
        let name: String
        let value: Double
    }
    struct Figure: Sendable {
        let name: String
        let value: Double
    }
    struct Row: Sendable {
        let factors: [Factor]
        let figures: [Figure]

        func factor(_ name: String) -> Double? { factors.first { $0.name == name }?.value }
        func figure(_ name: String) -> Double { figures.first { $0.name == name }?.value ?? .nan }
        var place: String { factors.map { "\($0.name) \(Report.plain($0.value))" }.joined(separator: ", ") }
    }

    let study: Study
    let rows: [Row]

    var markdown: String {
        switch study {
        case .sequential: sequentialTable
        case .policy: policyTable
        default: coverageTable
        }
    }

    static func percent(_ share: Double) -> String { (DecimalText.fixed(share * 100, places: 2) ?? "?") + " %" }

    static func plain(_ value: Double) -> String {
        let text = DecimalText.fixed(value, places: 4) ?? "?"
        let digits = text.prefix { $0 != "." }
        let fraction = text.dropFirst(digits.count + 1).reversed().drop { $0 == "0" }.reversed()
        return fraction.isEmpty ? String(digits) : digits + "." + String(fraction)
    }

    static func mean(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count) }

    // MARK: Coverage

    private var coverageTable: String {
        let coverages = rows.map { $0.figure("coverage") }
        let low = rows.min { $0.figure("coverage") < $1.figure("coverage") }
        var lines = [
            "**\(study.rawValue)**: \(rows.count) cells, mean coverage \(Self.percent(Self.mean(coverages))), below 93 % in "
                + "\(coverages.count { $0 < 0.93 }), below 90 % in \(coverages.count { $0 < 0.9 }); mean width "
                + Self.plain(Self.mean(rows.map { $0.figure("width") })) + ".",
        ]
        if let low { lines.append("Worst: \(Self.percent(low.figure("coverage"))) at \(low.place).") }
        lines += ["", "| by | " + "mean coverage, least of a cell |", "|---|---|"]
        for name in rows.first?.factors.map(\.name) ?? [] {
            let values = Set(rows.compactMap { $0.factor(name) }).sorted()
            guard values.count > 1 else { continue }
            let parts = values.map { value in
                let own = rows.filter { $0.factor(name) == value }.map { $0.figure("coverage") }
                return "\(Self.plain(value)): \(Self.percent(Self.mean(own))), \(Self.percent(own.min() ?? .nan))"
            }
            lines.append("| \(name) | \(parts.joined(separator: "; ")) |")
        }
        return lines.joined(separator: "\n")
    }

    // MARK: The sequential test

    private var sequentialTable: String {
        let null = rows.filter { $0.factor("distance") == 0 }
        let worst = null.max { $0.figure("wrong") < $1.figure("wrong") }
        var lines = [
            "**\(study.rawValue)**: \(rows.count) cells. At the threshold it decides, wrongly, in "
                + "\(Self.percent(Self.mean(null.map { $0.figure("wrong") }))) of runs on average over \(null.count) cells.",
        ]
        if let worst { lines.append("Worst: \(Self.percent(worst.figure("wrong"))) at \(worst.place).") }
        lines += [
            "", "| distance | cluster | ICC | cells | wrong, mean | wrong, most | right, mean | items saved, mean | saved, least |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for distance in [0, 1, -1, 2, -2].map(Double.init) {
            for size in Set(rows.compactMap { $0.factor("cluster") }).sorted() {
                for correlation in Set(rows.compactMap { $0.factor("ICC") }).sorted() {
                    let own = rows.filter {
                        $0.factor("distance") == distance && $0.factor("cluster") == size && $0.factor("ICC") == correlation
                    }
                    guard !own.isEmpty else { continue }
                    func figures(_ name: String) -> [Double] { own.map { $0.figure(name) } }
                    lines.append(
                        "| \(Self.plain(distance)) | \(Self.plain(size)) | \(Self.plain(correlation)) | \(own.count) | "
                            + [
                                Self.mean(figures("wrong")), figures("wrong").max() ?? .nan, Self.mean(figures("right")),
                                Self.mean(figures("saved")), figures("saved").min() ?? .nan,
                            ].map(Self.percent).joined(separator: " | ") + " |")
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: JSON

    static func json(_ reports: [Report], simulations: Int, seed: UInt64) -> String {
        func members(_ pairs: [(String, Double)]) -> String {
            pairs.map { "\"\($0.0)\": \($0.1.isFinite ? "\($0.1)" : "null")" }.joined(separator: ", ")
        }
        let studies = reports.map { report in
            let rows = report.rows.map { row in
                "    {" + members(row.factors.map { ($0.name, $0.value) } + row.figures.map { ($0.name, $0.value) }) + "}"
            }
            return "  \"\(report.study.rawValue)\": [\n\(rows.joined(separator: ",\n"))\n  ]"
        }
        return "{\"simulations\": \(simulations), \"seed\": \(seed), \"studies\": {\n\(studies.joined(separator: ",\n"))\n}}"
    }
}
