extension QRSymbol {
    private var extent: Range<Int> { -Self.quietZone..<width + Self.quietZone }

    /// The symbol in text, two rows of modules a line: dark where the print is, so for dark print on light paper. A line
    /// ends where nothing dark follows.
    package var halfBlocks: String {
        lines.map { line in line.last == " " ? String(line.reversed().drop { $0 == " " }.reversed()) : line }.map { $0 + "\n" }.joined()
    }

    /// The same for a terminal of any colours: black on white, by ECMA-48's sequences.
    package var terminalText: String { lines.map { "\u{1B}[30;107m\($0)\u{1B}[0m\n" }.joined() }

    private var lines: [String] {
        stride(from: extent.lowerBound, to: extent.upperBound, by: 2).map { row in
            extent.map { column in
                switch (isDark(row: row, column: column), isDark(row: row + 1, column: column)) {
                case (false, false): " "
                case (true, false): "▀"
                case (false, true): "▄"
                case (true, true): "█"
                }
            }.joined()
        }
    }

    /// A drawing in SVG, a module one unit wide, printed `millimetres` wide with its quiet zone; `caption` stands below.
    package func svg(millimetres: Int, caption: [String]) -> String {
        let side = width + 2 * Self.quietZone
        // A line of caption is 3 mm high, in units.
        let line = Double(side) * 3 / Double(millimetres)
        let height = Double(side) + line * 1.25 * Double(caption.count)
        func number(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="\(millimetres)mm" \
            height="\(number(height * Double(millimetres) / Double(side)))mm" viewBox="0 0 \(side) \(number(height))">
            <rect width="100%" height="100%" fill="#fff"/>
            <path fill="#000" shape-rendering="crispEdges" d="
            """
        for row in 0..<width {
            var column = 0
            while column < width {
                var end = column
                while isDark(row: row, column: end) { end += 1 }
                if end > column { text += "M\(column + Self.quietZone) \(row + Self.quietZone)h\(end - column)v1h-\(end - column)z" }
                column = max(end, column + 1)
            }
        }
        text += "\"/>\n"
        for (index, words) in caption.enumerated() {
            text += "<text x=\"\(Self.quietZone)\" y=\"\(number(Double(side) + line * (1.25 * Double(index) + 0.75)))\" "
                + "font-family=\"monospace\" font-size=\"\(number(line * 0.8))\">\(Self.escaped(words))</text>\n"
        }
        return text + "</svg>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(scalar)
            }
        }.joined()
    }
}
