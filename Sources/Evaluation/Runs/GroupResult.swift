import CanonicalEncoding

/// What a group of tasks came to: means of its tasks' figures, as lm-evaluation-harness puts them together.
package struct GroupResult: Hashable, Sendable {
    package struct Value: Hashable, Sendable {
        /// `metric`, or `metric,filter`.
        package let name: String
        package let figure: Double
        /// Of the mean over items (Σ (n - 1) n s² / (Σ n - k), pooled, over Σ n) or, where each task counts as one, of the mean of
        /// tasks; nil where a task has none.
        package let standardError: Double?
        /// Items, and the tasks that have the figure.
        package let count: Int
        package let tasks: Int
    }

    package let group: String
    package let values: [Value]

    /// - Parameter results: of all tasks that were run; the group's own are picked by name.
    package init(_ group: TaskGroup, tasks: [String], results: [SuiteResult]) {
        self.group = group.name
        let own = tasks.compactMap { task in results.first { ExactString($0.task) == ExactString(task) } }
        values = group.aggregates.flatMap { aggregate in
            let names: [String] =
                if let filters = aggregate.filters {
                    filters.map { TaskDefinition.valueName(aggregate.metric, filter: $0) }
                } else {
                    Set(own.flatMap(\.values).map(\.name).filter { $0 == aggregate.metric || $0.hasPrefix(aggregate.metric + ",") }).sorted()
                }
            return names.compactMap { Self.value($0, aggregate, own) }
        }
    }

    private static func value(_ name: String, _ aggregate: TaskGroup.Aggregate, _ results: [SuiteResult]) -> Value? {
        let parts = results.compactMap { result in
            result.values.first { ExactString($0.name) == ExactString(name) }.map { (value: $0, size: Double($0.count)) }
        }
        guard !parts.isEmpty else { return nil }
        let items = parts.reduce(0) { $0 + $1.size }, tasks = Double(parts.count)
        let errors = parts.compactMap { part in part.value.standardError.map { (error: $0, size: part.size) } }
        let (figure, error): (Double, Double?)
        if aggregate.weightsBySize {
            figure = parts.reduce(0) { $0 + $1.value.figure * $1.size } / items
            let squares = errors.reduce(0) { $0 + ($1.size - 1) * $1.error * $1.error * $1.size }
            error = items > tasks ? (squares / (items - tasks) / items).squareRoot() : nil
        } else {
            figure = parts.reduce(0) { $0 + $1.value.figure } / tasks
            error = errors.reduce(0) { $0 + $1.error * $1.error }.squareRoot() / tasks
        }
        return Value(
            name: name, figure: figure, standardError: errors.count == parts.count ? error : nil, count: Int(items), tasks: parts.count)
    }

    package var json: JSONValue {
        [
            "group": .string(group),
            "metrics": .array(
                values.map { value in
                    var object: JSONObject = [
                        "metric": .string(value.name), "value": .string(DecimalText.fixed(value.figure) ?? "beyond"),
                        "n": .integer(Int64(value.count)), "tasks": .integer(Int64(value.tasks)),
                    ]
                    object["standardError"] = value.standardError.flatMap { DecimalText.fixed($0) }.map { .string($0) }
                    return .object(object)
                }),
        ]
    }
}
