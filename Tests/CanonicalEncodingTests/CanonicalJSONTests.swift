import CanonicalEncoding
import Testing

@Suite struct CanonicalJSONTests {
    /// RFC 8785, section 3.2.2 (input) and 3.2.4 (the canonical bytes).
    @Test func theSpecificationsExample() throws {
        let input = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let expected = Hex.decode(
            "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b333333333333"
                + "3333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e2"
                + "82ac245c75303030665c6e412742" + "5c225c5c5c5c5c222f227d")
        let value = try StrictJSON.parse(Array(input.utf8))
        let canonical = try CanonicalJSON.encode(value, numbers: .any)
        // The RFC prints 333333333.3333333 for the first number.
        #expect(String(decoding: canonical, as: UTF8.self).contains("[333333333.3333333,1e+30,4.5,0.002,1e-27]"))
        #expect(canonical.count == expected?.count)
        #expect(canonical.suffix(60) == expected?.suffix(60))
    }

    /// RFC 8785, section 3.2.3: keys in the order of UTF-16 code units.
    @Test func keysAreSortedByUTF16() throws {
        let input = #"""
            {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
             "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
             "\u00f6": "Latin Small Letter O With Diaeresis"}
            """#
        let canonical = try CanonicalJSON.encode(StrictJSON.parse(Array(input.utf8)))
        let order = try StrictJSON.parse(canonical).object?.members.compactMap { $0.value.string }
        #expect(
            order == [
                "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
                "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
            ])
    }

    /// The same at the edges of what UTF-8 and UTF-16 order differently, each pair of keys.
    @Test func keysAreSortedByUTF16WhereUTF8Differs() throws {
        let ends: [UInt32] = [0x0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xEFFF, 0xF000, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF]
        let keys = ends.compactMap(Unicode.Scalar.init).flatMap { ["\($0)", "a\($0)", "\($0)\u{E000}", "\($0)\u{10000}"] }
        for one in keys {
            for other in keys where ExactString(one) != ExactString(other) {
                var object = JSONObject()
                object[one] = 1
                object[other] = 2
                let canonical = try CanonicalJSON.encode(.object(object))
                let first = try StrictJSON.parse(canonical).object?.members.first?.value.integer
                #expect(first == (one.utf16.lexicographicallyPrecedes(other.utf16) ? 1 : 2), "\(one.debugDescription), \(other.debugDescription)")
            }
        }
    }

    /// Few members are looked through, many are indexed.
    @Test func objectsFindTheirMembersHoweverMany() {
        var object = JSONObject()
        for count in 1...20 {
            object["key \(count)"] = .integer(Int64(count))
            #expect(object.count == count && (1...count).allSatisfy { object["key \($0)"] == .integer(Int64($0)) })
            #expect(object["key \(count + 1)"] == nil)
        }
        for removed in [20, 1, 7, 13, 2, 19, 3, 18, 4, 17, 5, 16, 6, 15] {
            object["key \(removed)"] = nil
            object["key 8"] = 80
            #expect(object["key \(removed)"] == nil && object["key 8"] == 80 && object["key 9"] == 9 && object["key 14"] == 14)
        }
        #expect(object.count == 6 && object.keys == ["key 8", "key 9", "key 10", "key 11", "key 12", "key 14"])
    }

    /// RFC 8785, appendix B: the bits of a double and its text.
    @Test(arguments: [
        (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
    func doubles(bits: UInt64, text: String) throws {
        let canonical = try CanonicalJSON.encode(.number(Double(bitPattern: bits)), numbers: .any)
        #expect(String(decoding: canonical, as: UTF8.self) == text)
    }

    @Test func noFloatingPointInWhatIsSigned() {
        #expect(throws: JSONError.self) { try CanonicalJSON.encode(.number(0.5)) }
        #expect(throws: JSONError.self) { try CanonicalJSON.encode(.number(.nan), numbers: .any) }
        #expect(throws: JSONError.self) { try CanonicalJSON.encode(.integer(1 << 53 + 1)) }
    }

    @Test(arguments: [#"{"a": 1}"#, #"{"b":1,"a":2}"#, #""\u0041""#, "1.0", "{\"a\":1}\n"])
    func otherSpellingsAreNotCanonical(text: String) {
        #expect(throws: JSONError.self) { try CanonicalJSON.parse(Array(text.utf8)) }
    }
}
