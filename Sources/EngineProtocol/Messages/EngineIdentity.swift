import CanonicalEncoding

/// Who the engine is and how it calculates: everything besides weights, plan and seed that can change a result.
package struct EngineIdentity: Hashable, Sendable {
    /// The engine's version, as its `--version` prints it.
    package var version: String
    /// What built it: compiler and optimisation.
    package var build: String
    /// `openblas_get_config()`.
    package var blasConfiguration: String
    /// `openblas_get_corename()`: the kernels that compute singular values.
    package var blasCore: String
    /// Threads that a matrix product is spread over.
    package var threads: Int
    /// Tile shapes and other fixed choices that decide a result's last bits, by name.
    package var numerics: [String: String]

    package init(
        version: String, build: String, blasConfiguration: String, blasCore: String, threads: Int,
        numerics: [String: String] = [:]
    ) {
        self.version = version
        self.build = build
        self.blasConfiguration = blasConfiguration
        self.blasCore = blasCore
        self.threads = threads
        self.numerics = numerics
    }
}

extension EngineIdentity: WireMessage {
    package var json: JSONValue {
        var choices = JSONObject()
        for (name, value) in numerics.sorted(by: { $0.key < $1.key }) { choices[name] = .string(value) }
        return [
            "version": .string(version), "build": .string(build), "blasConfiguration": .string(blasConfiguration),
            "blasCore": .string(blasCore), "threads": .integer(Int64(threads)), "numerics": .object(choices),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["version", "build", "blasConfiguration", "blasCore", "threads", "numerics"])
        let choices = try field.field("numerics")
        var numerics: [String: String] = [:]
        for key in try choices.object().keys { numerics[key] = try choices.field(key).string() }
        self.init(
            version: try field.field("version").string(), build: try field.field("build").string(),
            blasConfiguration: try field.field("blasConfiguration").string(),
            blasCore: try field.field("blasCore").string(),
            threads: Int(try field.field("threads").integer(in: 1...4096)), numerics: numerics)
    }
}
