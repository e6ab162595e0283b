import CanonicalEncoding

extension DegradationReport {
    /// What two plans do not ask alike, and what therefore says nothing about the models: suites of one name with other task
    /// files, scorers or scaffolds, and those that may end early, whose items are chosen by the very answers that are compared.
    package static func omissions(_ first: EvaluationPlan, _ second: EvaluationPlan) -> [Omission] {
        var omissions: [Omission] = []
        for one in first.suites {
            guard let other = second.suites.first(where: { ExactString($0.name) == ExactString(one.name) }) else { continue }
            if one.taskDigest != other.taskDigest || one.includes != other.includes || one.scorers != other.scorers {
                omissions.append(Omission(task: one.name, reason: "the two plans name different task files or scorers for it"))
            } else if one.scaffold != other.scaffold || one.corpus != other.corpus {
                omissions.append(Omission(task: one.name, reason: "the two plans ask it through different scaffolds"))
            } else if one.shots != other.shots || one.chat.examplesAsTurns != other.chat.examplesAsTurns {
                omissions.append(Omission(task: one.name, reason: "the two plans show other examples before it"))
            } else if first.judge != second.judge, one.threshold.map({ SuiteResult.isJudged($0.metric) }) ?? false {
                omissions.append(Omission(task: one.name, reason: "the two plans name different judges"))
            } else if one.stopsEarly || other.stopsEarly {
                omissions.append(Omission(task: one.name, reason: "it may end early, and the answers then decide which items are asked"))
            }
        }
        return omissions
    }
}
