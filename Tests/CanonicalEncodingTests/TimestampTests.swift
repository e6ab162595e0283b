import Testing
import CanonicalEncoding

@Suite struct TimestampTests {
    /// Worked out with `date -u -d @N +%FT%TZ`.
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_251_200, "2024-03-01T00:00:00Z"), (1_767_225_599, "2025-12-31T23:59:59Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] as [(Int64, String)])
    func knownInstants(seconds: Int64, text: String) {
        #expect(Timestamp(unixSeconds: seconds)?.rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.unixSeconds == seconds)
    }

    @Test(arguments: [
        "", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01t00:00:00z", "1970-1-01T00:00:00Z0",
        "1970-00-01T00:00:00Z", "1970-13-01T00:00:00Z", "1970-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "1970-01-00T00:00:00Z", "1970-01-32T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
        "2016-12-31T23:59:60Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:0aZ", "99999999-1-1T1:1:1ZZ",
        "1970-01-01T00:00:00+00:00", "\u{661}970-01-01T00:00:00Z",
    ])
    func refused(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test func range() {
        #expect(Timestamp(unixSeconds: -1) == nil)
        #expect(Timestamp(unixSeconds: 253_402_300_800) == nil)
    }
}
