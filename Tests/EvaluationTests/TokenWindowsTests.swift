import Evaluation
import Testing

/// What lm-evaluation-harness 0.4.13 makes of texts of so many tokens (`get_rolling_token_windows` with a context of one, then
/// `make_disjoint_window`): what is read before each window, the beginning of text left out, and what it predicts.
@Suite struct TokenWindowsTests {
    @Test(arguments: [
        (5, 10, [(0..<0, 0..<5)]), (10, 10, [(0..<0, 0..<10)]), (11, 10, [(0..<0, 0..<10), (0..<10, 10..<11)]),
        (20, 10, [(0..<0, 0..<10), (9..<10, 10..<20)]), (25, 10, [(0..<0, 0..<10), (9..<10, 10..<20), (14..<20, 20..<25)]),
        (1, 1, [(0..<0, 0..<1)]), (3, 1, [(0..<0, 0..<1), (0..<1, 1..<2), (1..<2, 2..<3)]),
        (7, 3, [(0..<0, 0..<3), (2..<3, 3..<6), (3..<6, 6..<7)]), (0, 10, []), (10, 0, []),
    ])
    func windows(count: Int, length: Int, expected: [(Range<Int>, Range<Int>)]) {
        let windows = TokenWindows.windows(count: count, length: length)
        #expect(windows.map(\.context) == expected.map(\.0) && windows.map(\.predicted) == expected.map(\.1))
    }
}
