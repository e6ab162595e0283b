/// The lines by which one text becomes another, by Myers's greedy algorithm (1986, "An O(ND) Difference Algorithm and
/// Its Variations"): the shortest such list, where it is not longer than a bound.
package struct LineDifference: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case same(String)
        case removed(String)
        case added(String)
    }

    /// Lines removed and added, together, beyond which no alignment is sought: time and memory grow with the square.
    package static let maximumChanges = 2000

    package let removed: Int
    package let added: Int
    /// All lines in order; nil where the texts are too different to be aligned.
    package let changes: [Change]?

    package init(_ old: [String], _ new: [String], maximumChanges: Int = Self.maximumChanges) {
        let a = old.map { ArraySlice($0.utf8) }, b = new.map { ArraySlice($0.utf8) }
        let common = min(a.count, b.count)
        let head = (0..<common).first { a[$0] != b[$0] } ?? common
        let tail = (0..<common - head).first { a[a.count - 1 - $0] != b[b.count - 1 - $0] } ?? common - head
        let (ours, theirs) = (Array(a[head..<a.count - tail]), Array(b[head..<b.count - tail]))
        guard let script = Self.script(ours, theirs, maximumChanges) else {
            // Lines that the other has nowhere, each as often as it stands more often here.
            var counts: [ArraySlice<UInt8>: Int] = [:]
            for line in ours { counts[line, default: 0] += 1 }
            for line in theirs { counts[line, default: 0] -= 1 }
            removed = counts.values.reduce(0) { $0 + max(0, $1) }
            added = counts.values.reduce(0) { $0 + max(0, -$1) }
            self.changes = nil
            return
        }
        var changes = old[..<head].map(Change.same)
        var (i, j) = (head, head)
        for step in script {
            switch step {
            case .keep: changes.append(.same(old[i])); (i, j) = (i + 1, j + 1)
            case .remove: changes.append(.removed(old[i])); i += 1
            case .add: changes.append(.added(new[j])); j += 1
            }
        }
        changes += old[(old.count - tail)...].map(Change.same)
        removed = script.count { $0 == .remove }
        added = script.count { $0 == .add }
        self.changes = changes
    }

    private enum Step { case keep, remove, add }

    private static func script(_ a: [ArraySlice<UInt8>], _ b: [ArraySlice<UInt8>], _ bound: Int) -> [Step]? {
        let most = min(bound, a.count + b.count)
        // furthest[k + most]: how far in `a` the best path on diagonal k has come; one copy a step, to walk back by.
        var furthest = [Int](repeating: 0, count: 2 * most + 2)
        var trail: [[Int]] = []
        for d in 0...most {
            trail.append(Array(furthest[(most - d)...(most + d)]))
            for k in stride(from: -d, through: d, by: 2) {
                let down = k == -d || (k != d && furthest[k - 1 + most] < furthest[k + 1 + most])
                var x = down ? furthest[k + 1 + most] : furthest[k - 1 + most] + 1
                var y = x - k
                while x < a.count, y < b.count, a[x] == b[y] { (x, y) = (x + 1, y + 1) }
                furthest[k + most] = x
                if x >= a.count, y >= b.count { return walkBack(trail, d, a.count, b.count) }
            }
        }
        return nil
    }

    private static func walkBack(_ trail: [[Int]], _ distance: Int, _ aCount: Int, _ bCount: Int) -> [Step] {
        var steps: [Step] = []
        var (x, y) = (aCount, bCount)
        for d in stride(from: distance, to: 0, by: -1) {
            // Diagonals -d...d as they stood before step d.
            let before = trail[d], k = x - y
            func at(_ diagonal: Int) -> Int { before[diagonal + d] }
            let down = k == -d || (k != d && at(k - 1) < at(k + 1))
            let previous = down ? k + 1 : k - 1
            let (startX, startY) = (at(previous), at(previous) - previous)
            let (turnX, turnY) = down ? (startX, startY + 1) : (startX + 1, startY)
            steps += repeatElement(.keep, count: max(0, min(x - turnX, y - turnY)))
            steps.append(down ? .add : .remove)
            (x, y) = (startX, startY)
        }
        steps += repeatElement(.keep, count: x)
        return steps.reversed()
    }

    /// Unified hunks with up to `context` lines that are the same around each change: their heads, as `diff -u` writes them,
    /// and lines marked by `-`, `+` or a space.
    package func hunks(context: Int = 3) -> [(head: String, lines: [String])] {
        guard let changes else { return [] }
        var hunks: [(head: String, lines: [String])] = []
        var index = 0
        var (oldLine, newLine) = (1, 1)
        while index < changes.count {
            guard let first = changes[index...].firstIndex(where: \.isChange) else { break }
            let start = max(index, first - context)
            (oldLine, newLine) = (oldLine + start - index, newLine + start - index)
            var end = first + 1
            while let next = changes[end...].firstIndex(where: \.isChange), next - end <= 2 * context { end = next + 1 }
            end = min(changes.count, end + context)
            let lines = changes[start..<end].map(\.marked)
            let (olds, news) = (lines.count { !$0.hasPrefix("+") }, lines.count { !$0.hasPrefix("-") })
            hunks.append(("@@ -\(olds == 0 ? oldLine - 1 : oldLine),\(olds) +\(news == 0 ? newLine - 1 : newLine),\(news) @@", lines))
            (oldLine, newLine, index) = (oldLine + olds, newLine + news, end)
        }
        return hunks
    }
}

extension LineDifference.Change {
    var isChange: Bool { if case .same = self { false } else { true } }

    var marked: String {
        switch self {
        case .same(let line): " " + line
        case .removed(let line): "-" + line
        case .added(let line): "+" + line
        }
    }
}
