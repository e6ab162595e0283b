import QRCode
import Testing

@Suite struct QRSymbolTests {
    /// What each version holds in byte mode, from ISO/IEC 18004, table 7: at level M, and what one byte more takes.
    @Test(arguments: [(1, 14), (2, 26), (5, 84), (10, 213), (11, 251), (14, 362), (27, 1125), (39, 2213)])
    func smallestVersion(version: Int, capacity: Int) throws {
        let full = try #require(QRSymbol([UInt8](repeating: 0xE2, count: capacity)))
        #expect(full.version == version && full.level == .medium && full.width == 17 + 4 * version)
        #expect(QRSymbol([UInt8](repeating: 0xE2, count: capacity + 1))?.version == version + 1)
    }

    /// A higher level where there is room for it, level L where there is no room otherwise, and nothing beyond that.
    @Test func levels() throws {
        // Version 1 holds 7 at H, 11 at Q, 14 at M; version 36 2431 at L, and version 35 2303. (The same table.)
        #expect(QRSymbol([UInt8](repeating: 1, count: 7))?.level == .high)
        #expect(QRSymbol([UInt8](repeating: 1, count: 11))?.level == .quartile)
        #expect(QRSymbol([UInt8](repeating: 1, count: 12))?.level == .medium)
        #expect(QRSymbol([UInt8](repeating: 1, count: 2331))?.level == .medium)
        let large = try #require(QRSymbol([UInt8](repeating: 1, count: 2332)))
        #expect(large.level == .low && large.version == 36)
        #expect(QRSymbol([UInt8](repeating: 1, count: 2953))?.level == .low)
        #expect(QRSymbol([UInt8](repeating: 1, count: 2954)) == nil)
        #expect(QRSymbol([]) == nil)
    }

    /// Three finder patterns, timing patterns between them, a quiet zone (ISO/IEC 18004, 6.3).
    @Test func structure() throws {
        let symbol = try #require(QRSymbol(Array("assay".utf8)))
        #expect(symbol.width == 21)
        for (top, left) in [(0, 0), (0, 14), (14, 0)] {
            for row in 0..<7 {
                for column in 0..<7 {
                    let ring = max(abs(row - 3), abs(column - 3))
                    #expect(symbol.isDark(row: top + row, column: left + column) == (ring != 2))
                }
            }
        }
        for place in 8..<13 {
            #expect(symbol.isDark(row: 6, column: place) == place.isMultiple(of: 2))
            #expect(symbol.isDark(row: place, column: 6) == place.isMultiple(of: 2))
        }
        #expect(!symbol.isDark(row: -1, column: 0) && !symbol.isDark(row: 0, column: 21))
    }

    /// The drawings, read back by what their characters and their path stand for.
    @Test(arguments: [5, 300]) func drawings(count: Int) throws {
        let symbol = try #require(QRSymbol((0..<count).map { UInt8($0 % 251) }))
        func agrees(_ dark: Set<[Int]>) -> Bool {
            (-4..<symbol.width + 4).allSatisfy { row in
                (-4..<symbol.width + 4).allSatisfy { column in dark.contains([row, column]) == symbol.isDark(row: row, column: column) }
            }
        }
        var dark: Set<[Int]> = []
        for (index, line) in symbol.halfBlocks.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            for (column, character) in line.enumerated() {
                if "▀█".contains(character) { dark.insert([2 * index - 4, column - 4]) }
                if "▄█".contains(character) { dark.insert([2 * index - 3, column - 4]) }
            }
        }
        #expect(agrees(dark))
        #expect(symbol.terminalText.split(separator: "\n").count == (symbol.width + 9) / 2)

        let svg = symbol.svg(millimetres: 90, caption: ["a <b> & c"])
        #expect(svg.contains(">a &lt;b&gt; &amp; c</text>"))
        dark = []
        let path = try #require(svg.firstMatch(of: /d="([^"]*)"/)).1
        for run in path.matches(of: /M(\d+) (\d+)h(\d+)v1h-(\d+)z/) {
            let (column, row, length) = (try #require(Int(run.1)), try #require(Int(run.2)), try #require(Int(run.3)))
            #expect(run.3 == run.4)
            for place in column..<column + length { dark.insert([row - 4, place - 4]) }
        }
        #expect(agrees(dark))
    }
}
