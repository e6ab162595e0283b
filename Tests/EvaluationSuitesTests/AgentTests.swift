import AuditCrypto
import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Isolation
import Testing

@Suite("Agents") struct AgentTests {
    static let sandbox = ToolSandbox(
        limits: ToolLimits(wall: .seconds(5), memoryBytes: 256 << 20, processes: 16, diskBytes: 1 << 20, diskFiles: 64, outputBytes: 8192, floodBytes: 1 << 20))

    /// A number in one of several files, another in a second, and their product asked for.
    static let planted = AgentTask(
        id: "planted", text: "Multiply the two numbers behind \"key=\" in the files below /work.",
        files: [
            .init(path: "a/notes.txt", bytes: Array("nothing\n".utf8)), .init(path: "b/c/log.txt", bytes: Array("x\nkey=1234\n".utf8)),
            .init(path: "d.txt", bytes: Array("key=5678\n".utf8)),
        ])

    /// Looks, computes, answers.
    @Sendable static func solver(task: String, observations: [String]) -> String {
        switch observations.count {
        case 0: return "I look for the keys.\n```bash\ngrep -rho 'key=[0-9]*' /work | sort > found; cat found\n```"
        case 1: return "```write product.py\nimport math\nprint(math.prod(int(line.split('=')[1]) for line in open('found')))\n```"
        case 2: return "<tool_call>{\"name\":\"bash\",\"arguments\":{\"command\":\"python3 product.py | tee result\"}}</tool_call>"
        case 3: return "```read\nresult\n```"
        default: return "```answer\n\(observations[3])\n```"
        }
    }

    @Test("Solves what a bare model cannot", arguments: [ToolProtocol.Form.chat, .text]) func planted(form: ToolProtocol.Form) async throws {
        let loop = AgentLoop(form: form, sandbox: Self.sandbox)
        let run = try await loop.run(Self.planted, with: ScriptedAgent(Self.solver))
        #expect(run.transcript.end == .answered)
        #expect(run.transcript.answer == "7006652")  // 1234 * 5678
        #expect(run.transcript.turns.map(\.observation) == [
            "[exit 0]\nkey=1234\nkey=5678\n", "Wrote 80 bytes to product.py.", "[exit 0]\n7006652\n", "7006652\n", "",
        ])
        #expect(run.commands.map(\.command.last) == [
            "grep -rho 'key=[0-9]*' /work | sort > found; cat found\n", "python3 product.py | tee result",
        ])
        #expect(run.timing.turns.count == 5)
        // Without tools there is no way to the files.
        let bare = try await AgentLoop(form: form).run(Self.planted, with: ScriptedAgent(Self.solver))
        #expect(bare.transcript.answer == nil && bare.transcript.end == .malformed)
        #expect(bare.transcript.turns[0].observation == "Error: there is no bash in this task; there are answer")
    }

    @Test("Finds a fact in the corpus") func corpus() async throws {
        let model = ScriptedAgent { task, observations in
            guard let seen = observations.last else { return "```search\ncode word of the project\n```" }
            guard let start = seen.range(of: "word is ") else { return "```answer\nunknown\n```" }
            return "```answer\n\(seen[start.upperBound...].prefix { $0 != "." })\n```"
        }
        let loop = AgentLoop(index: try Documents.index())
        let run = try await loop.run(AgentTask(id: "fact", text: "What is the code word?"), with: model)
        #expect(run.transcript.answer == "zephyr-nine")
        #expect(run.transcript.corpusDigest == SHA256Digest.of(Array(Documents.lines.utf8)))
        #expect(run.transcript.actions == [.search, .answer] && run.commands.isEmpty)
    }

    @Test("Never more than 64 at a time, in their order") func waves() async throws {
        let tasks = (0..<70).map { AgentTask(id: "n\($0)", text: "turn \($0)") }
        let model = ScriptedAgent { _, _ in "```answer\nyes\n```" }
        let runs = try await AgentLoop().run(tasks, with: model)
        #expect(model.batchSizes == [64, 6])
        #expect(runs.map(\.transcript.task) == tasks.map(\.id))
    }

    @Test("Several advance together, each as it would alone") func batch() async throws {
        let tasks = (0..<6).map { number in
            AgentTask(id: "n\(number)", text: "turns \(number)", files: [.init(path: "n", bytes: Array("\(number)".utf8))])
        }
        let script: ScriptedAgent.Script = { task, observations in
            let wanted = Int(task.split(separator: " ").last ?? "") ?? 0
            return observations.count < wanted ? "```bash\necho turn \(observations.count); cat n; echo x >> n\n```" : "```answer\n\(observations.last ?? "none")\n```"
        }
        let model = ScriptedAgent(script)
        let loop = AgentLoop(sandbox: Self.sandbox)
        let runs = try await loop.run(tasks, seed: 7, with: model)
        #expect(model.batchSizes == [6, 5, 4, 3, 2, 1])
        #expect(runs.map(\.transcript.turns.count) == [1, 2, 3, 4, 5, 6])
        #expect(runs[2].transcript.answer == "[exit 0]\nturn 1\n2x")
        for (task, run) in zip(tasks, runs).dropFirst(2).prefix(2) {
            #expect(try await loop.run(task, seed: 7, with: ScriptedAgent(script)).transcript.bytes == run.transcript.bytes)
        }
    }

    @Test("Runs again bit for bit, and another seed is another record") func replay() async throws {
        let loop = AgentLoop(sandbox: Self.sandbox)
        let first = try await loop.run(Self.planted, seed: 1, with: ScriptedAgent(Self.solver)).transcript
        #expect(try await loop.run(Self.planted, seed: 1, with: ScriptedAgent(Self.solver)).transcript.digest == first.digest)
        #expect(try await loop.run(Self.planted, seed: 2, with: ScriptedAgent(Self.solver)).transcript.digest != first.digest)
        // SHA-256("assay-agent-turn-v1" 0 "1" 0 "planted" 0 "0"), by sha256sum.
        #expect(first.turns[0].seed == Self.firstSeed)
        #expect(Set(first.turns.map(\.seed)).count == first.turns.count)
    }

    static let firstSeed: UInt64 = 0x689e465f755c531c

    @Test("Transcripts are read back as they were written, and no other way") func roundTrip() async throws {
        let loop = AgentLoop(sandbox: Self.sandbox)
        let script: ScriptedAgent.Script = { _, observations in
            observations.isEmpty ? "hm \u{1B}[2J" : observations.count == 1 ? "```bash\nprintf 'a\\033[2J'; seq 5000\n```" : "fail"
        }
        let transcript = try await loop.run(AgentTask(id: "t", text: "x"), with: ScriptedAgent(script)).transcript
        #expect(transcript.end == .failed(RequestFailure(code: "context-exceeded", message: "the prompt is too long")))
        #expect(transcript.turns[1].cutBytes > 4000 && transcript.turns[1].observation.contains("bytes left out"))
        #expect(try AgentTranscript(bytes: transcript.bytes) == transcript)
        #expect(!transcript.text.contains("\u{1B}") && transcript.text.contains("--- No action: there is no action"))
        let text = String(decoding: transcript.bytes, as: UTF8.self)
        for (old, new) in [
            ("\"v\":1", "\"v\":2"), ("\"turns\":[", "\"more\":1,\"turns\":["), ("\"kind\":\"failed\"", "\"kind\":\"answered\""), ("seq 5000\\n\"", "seq 5001\\n\""),
            ("\"code\":\"no-action\"", "\"code\":\"unclosed\""), ("\"form\":\"chat\"", "\"form\":\"chats\""), ("{", "{ "),
        ] {
            try #require(text.contains(old))
            #expect(throws: (any Error).self) { try AgentTranscript(bytes: Array(text.replacing(old, with: new, maxReplacements: 1).utf8)) }
        }
    }

    // MARK: Models that go wrong

    private func finish(_ script: @escaping ScriptedAgent.Script, _ limits: AgentLimits = AgentLimits(turns: 8)) async throws -> AgentTranscript {
        try await AgentLoop(limits: limits, sandbox: Self.sandbox).run(AgentTask(id: "t", text: "x"), with: ScriptedAgent(script)).transcript
    }

    @Test("Never answers") func turns() async throws {
        let transcript = try await finish { _, observations in "```bash\necho \(observations.count)\n```" }
        #expect(transcript.end == .turnLimit && transcript.turns.count == 8 && transcript.answer == nil)
    }

    @Test("Repeats itself") func repeating() async throws {
        let transcript = try await finish { _, _ in "```bash\nls\n```" }
        #expect(transcript.end == .repeating && transcript.turns.count == 4)
    }

    @Test("Emits what is no action, and can mend its ways") func malformed() async throws {
        let never = try await finish { _, observations in "I think \(observations.count)." }
        #expect(never.end == .malformed && never.turns.count == 4)
        #expect(never.turns[0].observation.hasPrefix("Error: there is no action: write one block"))
        let mended = try await finish { _, observations in
            observations.last?.contains("close it with ```") == true ? "```answer\nfine\n```" : observations.isEmpty ? "Hm." : "```answer\nfine"
        }
        #expect(mended.answer == "fine" && mended.turns.count == 3)
    }

    @Test("Writes its own observations") func forged() async throws {
        let transcript = try await finish { _, observations in
            observations.isEmpty ? "```bash\nls\n```\nObservation: the answer is 7\n```answer\n7\n```" : "```answer\nnothing\n```"
        }
        #expect(transcript.answer == "nothing" && transcript.turns[0].action.failureCode == .severalActions)
    }

    @Test("Floods: with text, with output, with files") func floods() async throws {
        let long = try await finish({ _, _ in String(repeating: "a", count: 200_000) }, AgentLimits(tokens: 60_000, malformedTurns: 9))
        #expect(long.end == .tokenLimit && long.turns.count == 2)
        let output = try await finish { _, observations in observations.isEmpty ? "```bash\nyes\n```" : "```answer\n\(observations[0].utf8.count)\n```" }
        #expect(output.turns[0].observation.hasPrefix("[killed: too much output]\ny\n"))
        #expect(output.turns[0].observation.utf8.count < 4200)
        let files = try await finish { _, observations in
            observations.isEmpty ? "```bash\nhead -c 2000000 /dev/zero > a; ls -s a\n```"
                : observations.count == 1 ? "```write b\nb\n```" : "```answer\n\(observations[1])\n```"
        }
        #expect(files.answer == "Error: b: there is no room left")
    }

    @Test("Tries to escape") func escapes() async throws {
        let attempts = [
            "```bash\ncat /etc/shadow\n```", "```read\n../../etc/shadow\n```", "```read\n/etc/passwd\n```", "```write /etc/x\na\n```",
            "```bash\nln -s /etc/shadow s; exec unshare -r id\n```", "```read\ns\n```", "```bash\ncurl -m 2 http://192.0.2.1/ || echo none\n```",
        ]
        let transcript = try await finish({ _, observations in
            observations.count < attempts.count ? attempts[observations.count] : "```answer\ngiven up\n```"
        }, AgentLimits(turns: 12))
        #expect(transcript.answer == "given up")
        let seen = transcript.turns.map(\.observation)
        #expect(seen[0].contains("No such file") && seen[1].contains("Error: ../../etc/shadow") && seen[2].contains("not below /work"))
        #expect(seen[3].contains("not below /work") && seen[4].hasPrefix("[killed: a system call that is not allowed]"))
        #expect(seen[5].contains("symbolic link") && seen[6].contains("none"))
    }

    @Test("Takes too long") func time() async throws {
        let transcript = try await finish({ _, observations in "```bash\nsleep 1.\(observations.count)\n```" }, AgentLimits(seconds: 1))
        #expect(transcript.end == .timeLimit && transcript.turns.count == 1)
    }

    @Test("A task's file that has no proper place is the task's fault") func taskFiles() async throws {
        let task = AgentTask(id: "t", text: "x", files: [.init(path: "../x", bytes: [1])])
        await #expect(throws: ToolFileError.self) {
            try await AgentLoop(sandbox: Self.sandbox).run(task, with: ScriptedAgent { _, _ in "```bash\nls\n```" })
        }
    }
}

extension Result where Failure == ActionError {
    var failureCode: ActionError.Code? { if case .failure(let error) = self { error.code } else { nil } }
}

extension String {
    func range(of part: String) -> Range<Index>? { ranges(of: part).first }
}
