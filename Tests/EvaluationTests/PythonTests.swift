import Evaluation
import Testing

/// Python's regular expressions. The expected values are Python 3.11's own.
@Suite struct PythonExpressionTests {
    @Test(arguments: [
        (#"#### (\-?[0-9\.\,]+)"#, "so #### 1,234. and #### -5", [["1,234."], ["-5"]]),
        (#"(?<=The answer is )(.*)(?=.)"#, "The answer is 42.", [["42"]]),
        (#"(-?[$0-9.,]{2,})|(-?[0-9]+)"#, "a $12 b 7", [["$12", ""], ["", "7"]]),
        (#"\b(Yes|No)\b"#, "Yes, not No.", [["Yes"], ["No"]]), ("x*", "axb", [[""], ["x"], [""], [""]]),
        (#"^(.*?)\s*$"#, "a b \n", [["a b"]]), (#"\d+\Z"#, "12\n", []), (#"a{,2}"#, "aaa", [["aa"], ["a"], [""]]),
        ("[[]x]", "[x]", [["[x]"]]), (#"[]a]+"#, "]a", [["]a"]]), (#"(?i)köln"#, "KÖLN", [["KÖLN"]]),
        (#"(?P<w>\w)(?P=w)"#, "aabcc", [["a"], ["c"]]), (#"\u00e9\x41"#, "éA", [["éA"]]), (#"(a)|b"#, "ab", [["a"], [""]]),
        (#"\s"#, "a\u{1C}b\u{A0}", [["\u{1C}"], ["\u{A0}"]]), ("{x}", "{x}", [["{x}"]]), (#"(?s)a.b"#, "a\nb", [["a\nb"]]),
        (#"(?:(a)|b)+"#, "ab", [["a"]]), (#"(?m)^b$"#, "a\nb\nc", [["b"]]), (#"\w+"#, "naïve 日本 ²", [["naïve"], ["日本"], ["²"]]),
    ])
    func findAll(source: String, text: String, found: [[String]]) throws {
        #expect(try PythonExpression(source).findAll(in: text) == found)
    }

    @Test func replacing() throws {
        #expect(try PythonExpression("x*").replacingAll(in: "axbx", with: "-") == "-a--b--")
        #expect(try PythonExpression(#"[,$]"#).replacingAll(in: "$1,234", with: "") == "1234")
    }

    @Test(arguments: [
        "(", "[a", "a**", #"\"#, #"\p{L}"#, #"\h"#, "(?R)", "(?1)", "(*ACCEPT)", "(?|a|b)", #"\k<x>"#, "(?P>x)", "*a", "(?<=a+)b",
        #"\x4"#,
    ])
    func whatPythonRefuses(source: String) {
        #expect(throws: PythonExpression.Failure.self) { try PythonExpression(source) }
    }

    /// Python reads these; what they mean cannot be said in PCRE2, or is not meant.
    @Test(arguments: ["(?a)x", #"[\1]"#, #"\uD800"#, "(?L)x"])
    func whatIsNotTranslated(source: String) {
        #expect(throws: PythonExpression.Failure.self) { try PythonExpression(source) }
    }

    /// Of a whole text, too: at each place some thousand steps, in vain or not, and the text has many places.
    @Test(arguments: ["(?:a|b){400}[cd]", "(?=(?:a|b){400})[ab]"]) func theWholeTextIsBounded(source: String) throws {
        let text = String(repeating: "ab", count: 60_000)
        let took = ContinuousClock().measure { #expect(throws: PythonExpression.Failure.self) { try PythonExpression(source).findAll(in: text) } }
        #expect(took < .seconds(20), "\(took)")
        print("\(source): \(took)")
        // What a filter of the harness does to a long answer is far from the bound.
        let answer = String(repeating: "so 1,234 and then ", count: 5_000) + "#### 7"
        #expect(try PythonExpression(#"#### (\-?[0-9\.\,]+)"#).findAll(in: answer) == [["7"]])
        #expect(try PythonExpression(#"(-?[$0-9.,]{2,})|(-?[0-9]+)"#).findAll(in: answer).count == 5_001)
    }

    /// Steps are bounded whatever the expression and the text.
    @Test func explosionsEnd() throws {
        let clock = ContinuousClock()
        let text = String(repeating: "a", count: 50_000)
        for source in ["(a+)+[bc]", "(a|aa)+[bc]", "(a*)*[bc]", "(?:a|a)+[bc]"] {
            let took = clock.measure { #expect(throws: PythonExpression.Failure.self) { try PythonExpression(source).findAll(in: text) } }
            #expect(took < .seconds(20), "\(source): \(took)")
        }
    }
}
