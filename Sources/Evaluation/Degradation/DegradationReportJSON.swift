import CanonicalEncoding

/// Figures as decimal strings with six places, counts as integers. A rate never stands without its n and its interval.
extension DegradationReport {
    package var json: JSONValue {
        [
            "confidence": .string(confidence.text), "unpaired": .integer(Int64(alone + failed)), "alone": .integer(Int64(alone)),
            "failed": .integer(Int64(failed)), "values": .array(values.map(\.json)), "domains": .array(domains.map(\.json)),
            "refusals": .array(refusals.map(\.json)), "calibration": .array(calibration.map(\.json)), "capability": capability?.json ?? .null,
            "leftOut": .array(leftOut.map { ["task": .string($0.task), "reason": .string($0.reason)] }),
            "bootstrap": [
                "resamples": .integer(Int64(CalibrationShift.resamples)), "seed": .integer(Int64(CalibrationShift.seed)),
                "bins": .integer(Int64(CalibrationShift.bins)),
            ],
        ]
    }
}

private func text(_ value: Double?) -> JSONValue { value.flatMap { DecimalText.fixed($0) }.map { .string($0) } ?? .null }

/// A figure's place for its interval.
private func bounds(_ interval: ConfidenceInterval?) -> JSONValue {
    interval.map { ["lower": text($0.lower), "upper": text($0.upper)] } ?? .null
}

extension DegradationReport.Row {
    fileprivate var json: JSONValue {
        var object = figure.jsonMembers
        object["task"] = .string(task)
        object["metric"] = .string(metric)
        object["domain"] = domain.map { .string($0) }
        return .object(object)
    }
}

extension PairedFigure {
    fileprivate var jsonMembers: JSONObject {
        [
            "n": .integer(Int64(count)), "clusters": .integer(Int64(clusters)), "first": text(first.value), "firstInterval": bounds(first.interval),
            "second": text(second.value), "secondInterval": bounds(second.interval), "difference": text(difference),
            "lower": text(interval?.lower), "upper": text(interval?.upper), "p": text(pValue), "pHolm": text(adjusted),
        ]
    }
}

extension RefusalShift {
    fileprivate var json: JSONValue {
        var object = figure.jsonMembers
        object["task"] = .string(task)
        object["label"] = .string(label.rawValue)
        guard let first, let second else {
            object["corrected"] = .null
            return .object(object)
        }
        func member<Value>(_ corrected: Corrected<Value>, _ figure: (Value) -> (Double, ConfidenceInterval)) -> JSONValue {
            switch corrected {
            case .value(let value):
                let (rate, interval) = figure(value)
                return ["value": text(rate), "lower": text(interval.lower), "upper": text(interval.upper)]
            case .unknown(let reason): return ["reason": .string(reason)]
            }
        }
        object["corrected"] = [
            "first": member(first) { ($0.rate, $0.interval) }, "second": member(second) { ($0.rate, $0.interval) },
            "difference": difference.map { member($0) { ($0.difference, $0.interval) } } ?? .null,
        ]
        return .object(object)
    }
}

extension CalibrationShift {
    fileprivate var json: JSONValue {
        [
            "task": .string(task), "n": .integer(Int64(count)), "clusters": .integer(Int64(clusters)), "first": first.json, "second": second.json,
            "difference": text(difference), "lower": text(interval?.lower), "upper": text(interval?.upper), "brier": .object(brier.jsonMembers),
        ]
    }
}

extension CalibrationShift.Run {
    fileprivate var json: JSONValue {
        [
            "accuracy": .object(accuracy.jsonMembers), "confidence": text(confidence), "ece": text(expectedCalibrationError),
            "lower": text(interval?.lower), "upper": text(interval?.upper),
            "bins": .array(
                bins.map { bin in
                    var object = bin.observed.jsonMembers
                    object["forecast"] = text(bin.forecast)
                    return .object(object)
                }),
        ]
    }
}

extension CapabilityDrop {
    fileprivate var json: JSONValue {
        [
            "drop": text(drop), "lower": text(interval?.lower), "upper": text(interval?.upper), "standardError": text(standardError),
            "freedom": text(freedom), "p": text(pValue), "reason": reason.map { .string($0) } ?? .null,
            "n": .integer(Int64(domains.reduce(0) { $0 + $1.count })),
            "domains": .array(
                domains.map { domain in
                    [
                        "task": .string(domain.task), "metric": .string(domain.metric), "domain": domain.domain.map { .string($0) } ?? .null,
                        "n": .integer(Int64(domain.count)), "clusters": .integer(Int64(domain.clusters)), "drop": text(domain.drop),
                    ]
                }),
        ]
    }
}
