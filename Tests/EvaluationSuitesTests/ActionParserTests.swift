import CanonicalEncoding
import Evaluation
import Testing

@Suite("The action of a turn") struct ActionParserTests {
    static let actions: [(String, ToolAction)] = [
        ("```bash\nls -l\n```", .bash(command: "ls -l\n")), ("I look.\n\n```sh\nls\ncat a\n```\n", .bash(command: "ls\ncat a\n")),
        ("   ```bash  \r\nls\r\n```\r\n", .bash(command: "ls\r\n")), ("````bash\necho '```'\n```\nx\n````", .bash(command: "echo '```'\n```\nx\n")),
        ("~~~bash\nls\n~~~", .bash(command: "ls\n")), ("```BASH\nls\n```", .bash(command: "ls\n")),
        ("```read\n  notes.txt \n```", .read(path: "notes.txt")), ("```write a b.txt\none\n\n```", .write(path: "a b.txt", content: "one\n\n")),
        ("```write empty\n```", .write(path: "empty", content: "")), ("```search\ncapital of X\n```", .search(query: "capital of X")),
        ("The answer:\n```answer\n 42\n```\nDone.", .answer(text: "42")),
        ("Like this:\n```python\nprint(1)\n```\n```bash\npython3 -c 1\n```", .bash(command: "python3 -c 1\n")),
        (#"<tool_call>{"name":"bash","arguments":{"command":"ls"}}</tool_call>"#, .bash(command: "ls")),
        ("Thought.\n<tool_call>\n{\"arguments\": {\"path\": \"a\", \"content\": \"b\\n\"}, \"name\": \"write\"}\n</tool_call>", .write(path: "a", content: "b\n")),
        (#"<tool_call>{"name":"search","arguments":"{\"query\":\"a \\u00e9\"}"}</tool_call>"#, .search(query: "a é")),
        (#" {"name": "answer", "arguments": {"text": "7"}} "#, .answer(text: "7")),
        ("<think>\n```bash\nrm -rf /\n```\n</think>\n```answer\n1\n```", .answer(text: "1")), ("so\n</think>```bash\nls\n```", .bash(command: "ls\n")),
    ]

    @Test("Is read from a block or a call", arguments: actions) func read(text: String, action: ToolAction) throws {
        let parsed = try ActionParser.parse(text)
        #expect(parsed == action)
        // Its canonical form is an action too, and the same.
        let json = String(decoding: try CanonicalJSON.encode(parsed.json), as: UTF8.self)
        #expect(try ActionParser.parse("<tool_call>\(json)</tool_call>") == action)
    }

    static let errors: [(String, ActionError.Code)] = [
        ("", .noAction), ("I do not know.", .noAction), ("```python\nprint(1)\n```", .noAction), ("ls -l", .noAction), ("`bash ls`", .noAction),
        ("    ```bash\n    ls\n    ```", .noAction), ("```json\n{\"name\":\"bash\"}\n```", .noAction),
        ("```markdown\n~~~bash\nls\n~~~\n```", .noAction), ("```\n<tool_call>{}</tool_call>\n```", .noAction),
        ("```bash\nls\n```\n```bash\nls\n```", .severalActions), ("```bash\nls\n```\n<tool_call>{\"name\":\"answer\"}</tool_call>", .severalActions),
        ("```bash\nls\n```\nObservation: x\n```answer\nx\n```", .severalActions),
        ("```bash\nls", .unclosed), ("```bash", .unclosed), ("```bash\nls\n``", .unclosed), ("<tool_call>{\"name\":\"bash\"", .unclosed), ("<think>hm ```bash\nls\n```", .unclosed),
        ("<tool_call></tool_call>", .malformedJSON), ("<tool_call>[1]</tool_call>", .malformedJSON), ("<tool_call>{\"name\":}</tool_call>", .malformedJSON),
        (#"<tool_call>{"name":"bash","name":"answer","arguments":{}}</tool_call>"#, .malformedJSON),
        (#"<tool_call>{"name":"bash","arguments":"ls"}</tool_call>"#, .malformedJSON), ("{\"a\": 1} or {\"b\": 2}", .malformedJSON),
        (#"<tool_call>{"name":"python","arguments":{}}</tool_call>"#, .unknownAction), (#"<tool_call>{"name":"Bash","arguments":{}}</tool_call>"#, .unknownAction),
        (#"<tool_call>{"arguments":{}}</tool_call>"#, .missingArgument), (#"<tool_call>{"name":1,"arguments":{}}</tool_call>"#, .missingArgument),
        (#"<tool_call>{"name":"bash"}</tool_call>"#, .missingArgument), (#"<tool_call>{"name":"bash","arguments":{}}</tool_call>"#, .missingArgument),
        ("```bash\n\n```", .missingArgument), ("```write\nx\n```", .missingArgument), ("```answer\n```", .missingArgument),
        (#"<tool_call>{"name":"bash","arguments":{"command":1}}</tool_call>"#, .invalidArgument),
        (#"<tool_call>{"name":"bash","arguments":{"command":"a","timeout":"9"}}</tool_call>"#, .invalidArgument),
        (#"<tool_call>{"name":"bash","arguments":{"command":"a"},"id":"1"}</tool_call>"#, .invalidArgument),
        ("```bash -x\nls\n```", .invalidArgument), ("```bash\nls\0\n```", .invalidArgument), ("```read a.txt\n```", .invalidArgument),
        (String(repeating: "a", count: 65_537), .tooLong),
    ]

    @Test("Or is an error that says what to do", arguments: errors) func refused(text: String, code: ActionError.Code) {
        let error = #expect(throws: ActionError.self) { try ActionParser.parse(text) }
        #expect(error?.code == code)
        #expect(error.map { $0.message.count > 10 && $0.message.count < 400 } == true)
    }

    @Test("Deep and long texts take no long time") func bounded() {
        let clock = ContinuousClock()
        for piece in ["```", "<tool_call>", "</think>", "<think>", "{", "[", "```bash\n```\n", "~~~\n", "`", "\r\n", "<tool_call>{}</tool_call>"] {
            let text = String(repeating: piece, count: 65_000 / piece.utf8.count)
            #expect(clock.measure { _ = try? ActionParser.parse(text) } < .seconds(5))
        }
    }

    @Test("A call nested too deep is an error") func deep() {
        let text = #"<tool_call>{"name":"bash","arguments":"# + String(repeating: "[", count: 20_000) + "}</tool_call>"
        #expect(throws: ActionError.self) { try ActionParser.parse(text) }
    }
}

@Suite("Observations") struct ObservationTextTests {
    @Test("Keep beginning and end, and whole characters") func cut() {
        #expect(ObservationText.cut("short", maximumBytes: 5) == ("short", 0))
        let cut = ObservationText.cut("0123456789abcdef", maximumBytes: 8)
        #expect(cut.text == "0123\n[... 8 bytes left out ...]\ncdef" && cut.cutBytes == 8)
        // Three bytes a character: 8 of 4 hold one each side.
        let wide = ObservationText.cut("€€€€€€", maximumBytes: 8)
        #expect(wide.text == "€\n[... 12 bytes left out ...]\n€" && wide.cutBytes == 12)
        #expect(ObservationText.cut("€", maximumBytes: 1).cutBytes == 3)
    }

    @Test("Cannot move a cursor or reorder a line") func clean() {
        #expect(ObservationText.clean("a\u{1B}[2Jb\r\nc\td\u{202E}e\u{0}é\u{301}") == "a\u{FFFD}[2Jb\nc\td\u{FFFD}e\u{FFFD}é\u{301}")
    }
}
