import CanonicalEncoding
import EvaluationLogs
import Foundation
import Testing

/// What is written reads back, and what must not be written is refused.
@Suite struct InspectLogTests {
    @Test func whatIsWrittenReadsBack() async throws {
        let folder = try LogFolder()
        let path = try await ExampleLog.write(to: folder.path)
        #expect(try folder.names == ["2026-09-21T14-13-20-00-00_arithmetic_Taskarithmetic.eval"])
        let log = try InspectLogReader(path: path)
        #expect(log.evaluation == ExampleLog.evaluation() && log.plan == ExampleLog.plan)
        #expect("\(log.outcome)" == "\(ExampleLog.outcome())")
        let samples = ExampleLog.samples()
        #expect(log.samples == samples.count)
        for (number, sample) in samples.enumerated() {
            var read = try log.sample(sample.id, epoch: sample.epoch)
            #expect(read.uuid == "EvalAssay1-\(number + 1)")
            #expect(read.events.map(\.uuid) == read.events.indices.map { "EvalAssay1-\(number + 1)-\($0 + 1)" })
            read.uuid = nil
            for event in read.events.indices { read.events[event].uuid = nil }
            // As texts: what is not a number does not equal itself.
            #expect("\(read)" == "\(sample)", "sample \(sample.id)")
        }
        var summaries: [InspectLog.Summary] = []
        try log.forEachSummary { summaries.append($0) }
        #expect(summaries.map(\.id) == samples.map(\.id) && summaries.map(\.messageCount) == samples.map(\.messages.count))
        #expect(throws: EvaluationLogError.self) { try log.sample(.text("none"), epoch: 1) }
    }

    @Test(arguments: [InspectLog.Status.started, .success, .cancelled, .error])
    func everyStatusReadsBack(_ status: InspectLog.Status) async throws {
        let folder = try LogFolder()
        let path = try await ExampleLog.write(to: folder.path, "log.eval", ExampleLog.evaluation(), [], ExampleLog.outcome(status))
        let log = try InspectLogReader(path: path)
        #expect("\(log.outcome)" == "\(ExampleLog.outcome(status))" && log.samples == 0)
        try log.forEachSummary { _ in Issue.record("there is no sample") }
    }

    @Test func theSameLogGivesTheSameBytes() async throws {
        let folder = try LogFolder()
        let one = try await ExampleLog.write(to: folder.path, "one.eval")
        try await Task.sleep(for: .seconds(2.1))
        let other = try await ExampleLog.write(to: folder.path, "other.eval")
        #expect(try LogFolder.bytes(one) == LogFolder.bytes(other))
    }

    @Test func aSampleComesOnce() async throws {
        let folder = try LogFolder()
        let writer = try InspectLogWriter(path: folder.path("log.eval"), evaluation: ExampleLog.evaluation(), plan: ExampleLog.plan)
        try await writer.add(ExampleLog.failed(.text("1"), epoch: 1))
        try await writer.add(ExampleLog.failed(.text("1"), epoch: 2))
        try await writer.add(ExampleLog.failed(.text("é"), epoch: 1))
        // Canonically equivalent, and other bytes.
        try await writer.add(ExampleLog.failed(.text("e\u{301}"), epoch: 1))
        for (id, epoch) in [(InspectLog.SampleID.text("1"), 2), (.integer(1), 1), (.text("é"), 1)] {
            await #expect { try await writer.add(ExampleLog.failed(id, epoch: epoch)) } throws: {
                ($0 as? EvaluationLogError)?.code == .sampleTwice
            }
        }
        try await writer.finish(ExampleLog.outcome())
        #expect(try InspectLogReader(path: folder.path("log.eval")).samples == 4)
        await #expect { try await writer.add(ExampleLog.failed(.text("2"), epoch: 1)) } throws: { ($0 as? EvaluationLogError)?.code == .closed }
        await #expect { try await writer.finish(ExampleLog.outcome()) } throws: { ($0 as? EvaluationLogError)?.code == .closed }
    }

    @Test func whatCannotBeWrittenIsRefusedAndTheLogGoesOn() async throws {
        let folder = try LogFolder()
        let writer = try InspectLogWriter(path: folder.path("log.eval"), evaluation: ExampleLog.evaluation(), plan: ExampleLog.plan)
        for id in ["a\u{0}b", String(repeating: "x", count: 65_600)] {
            await #expect { try await writer.add(ExampleLog.failed(.text(id), epoch: 1)) } throws: { ($0 as? EvaluationLogError)?.code == .unnameable }
        }
        var deep = JSONValue.integer(1)
        for _ in 0..<200 { deep = [deep] }
        var sample = ExampleLog.failed(.text("deep"), epoch: 1)
        sample.metadata = ["deep": deep]
        await #expect { try await writer.add(sample) } throws: { ($0 as? EvaluationLogError)?.code == .tooLarge }
        sample.metadata = [:]
        try await writer.add(sample)
        try await writer.finish(ExampleLog.outcome())
        #expect(try InspectLogReader(path: folder.path("log.eval")).samples == 1)
    }

    /// A conversation grows with each turn; the log keeps each message once.
    @Test func longConversationsStaySmall() async throws {
        let folder = try LogFolder()
        var sample = InspectLog.Sample(id: .integer(1), epoch: 1, input: .text("Talk."), target: .text(""))
        for turn in 0..<200 {
            sample.messages.append(.init(.user, "\(turn): " + String(repeating: "word ", count: 200), id: "m\(turn)"))
            sample.events.append(.init(.model(.init(model: "assay/demo", input: sample.messages, output: .init())), at: ExampleLog.begin))
        }
        // A message of the past, left out and met again: ranges of the pool, not one.
        sample.events.append(
            .init(.model(.init(model: "assay/demo", input: [sample.messages[5], sample.messages[3], sample.messages[4]], output: .init())), at: ExampleLog.begin))
        let path = try await ExampleLog.write(to: folder.path, "log.eval", ExampleLog.evaluation(), [sample])
        var read = try InspectLogReader(path: path).sample(.integer(1), epoch: 1)
        read.uuid = nil
        for event in read.events.indices { read.events[event].uuid = nil }
        #expect(read == sample)
        let size = try Python.json("import sys, zipfile, json; print(zipfile.ZipFile(sys.argv[1]).getinfo('samples/1_epoch_1.json').file_size)", [path])
        #expect(try #require(size as? Int) < 600_000)
    }

    @Test func timesAreWrittenAsPythonDoes() throws {
        let moments: [Int64] = [0, 1, 999_999, 1_000_000, 1_709_210_096_000_120, 253_402_300_799_999_999]
        let expected = try Python.json(
            """
            import json, sys, datetime as d
            print(json.dumps([(d.datetime(1970, 1, 1, tzinfo=d.timezone.utc) + d.timedelta(microseconds=int(m))).isoformat() for m in sys.argv[1:]]))
            """, moments.map(String.init))
        #expect(moments.compactMap { InspectLog.Time(unixMicroseconds: $0)?.text } == expected as? [String])
        #expect(InspectLog.Time(unixMicroseconds: -1) == nil && InspectLog.Time(unixMicroseconds: 253_402_300_800_000_000) == nil)
    }
}
