/// The modules that a configuration says were left as they were: by their whole name, or its first or last parts. What else such a
/// list may hold (regular expressions, names of classes) names nothing here: the tensors themselves show what was quantised.
struct SkippedModules: Sendable {
    private let names: Set<[UInt8]>
    private let longest: Int
    /// More parts than any module's name has.
    private static let maximumParts = 32

    init(_ fields: SettingFields, _ keys: String...) throws(WeightError) {
        var names: Set<[UInt8]> = []
        for key in keys {
            for name in try fields.strings(key) ?? [] { names.insert(Array(name.utf8)) }
        }
        self.names = names
        longest = names.map(\.count).max() ?? 0
    }

    /// - Parameter module: `model.layers.0.mlp.gate`.
    func contains(_ module: String) -> Bool {
        guard !names.isEmpty else { return false }
        let module = Array(module.utf8)
        let dots = module.indices.filter { module[$0] == UInt8(ascii: ".") }
        guard dots.count < Self.maximumParts else { return false }
        func has(_ part: ArraySlice<UInt8>) -> Bool { part.count <= longest && names.contains(Array(part)) }
        return has(module[...]) || dots.contains { has(module[..<$0]) || has(module[($0 + 1)...]) }
    }
}
