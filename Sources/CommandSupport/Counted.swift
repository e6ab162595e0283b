/// Numbers with the words for what they count.
package enum Counted {
    /// `1 witness is`, `2 witnesses are`.
    package static func of(_ number: some BinaryInteger, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    package static func entries(_ number: some BinaryInteger) -> String { of(number, "entry", "entries") }
    package static func files(_ number: some BinaryInteger) -> String { of(number, "file", "files") }
    package static func bytes(_ number: some BinaryInteger) -> String { of(number, "byte", "bytes") }
}
