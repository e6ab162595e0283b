import CanonicalEncoding

/// What a low-rank adapter consists of: PEFT's `adapter_config.json` of the type LORA.
package struct AdapterConfiguration: Hashable, Sendable {
    /// Which products have one.
    package enum Targets: Hashable, Sendable {
        /// Every product of the layers.
        case all
        /// Names of modules, or their ends.
        case named([String])
    }

    package var rank: Int
    package var alpha: Double
    package var targets: Targets
    /// The scale is alpha / √rank and not alpha / rank (Kalajdzievski 2023).
    package var isRankStabilised = false
    /// Other ranks and alphas of some modules, by their names or ends.
    package var ranks: [String: Int] = [:]
    package var alphas: [String: Double] = [:]
    /// Layers that have adapters; nil for all.
    package var layers: [Int]?
    /// `base_model_name_or_path`
    package var baseModel: String?
    /// `lora_dropout`, which only training would use.
    package var dropout = 0.0

    package static let maximumRank = 4096

    package init(rank: Int, alpha: Double, targets: Targets) {
        self.rank = rank
        self.alpha = alpha
        self.targets = targets
    }

    func check() throws(EngineError) {
        for (name, rank) in [("the rank", rank)] + ranks.map({ ("the rank of \(EngineError.shown($0))", $1) }) {
            guard (1...Self.maximumRank).contains(rank) else {
                throw EngineError(.invalidRequest, "\(name) is \(rank); 1 to \(Self.maximumRank) is possible")
            }
        }
        for alpha in [alpha] + alphas.values where !(alpha.isFinite && alpha > 0 && alpha <= 1e6) {
            throw EngineError(.invalidRequest, "an alpha of \(alpha) is not above 0 and at most 1000000")
        }
    }

    /// - Throws: `invalidRequest` where a target names none of the model's modules.
    func modules(of model: Transformer) throws(EngineError) -> [AdaptedModule] {
        let all = AdaptedModule.all(model)
        var found = all.filter { module in
            switch targets {
            case .all: module.layer != nil
            case .named(let names): names.contains { module.isNamed($0) }
            }
        }
        if case .named(let names) = targets {
            let missing = names.first { name in !found.contains { $0.isNamed(name) } }
            if let missing {
                var kinds: [String] = []
                for module in all where !kinds.contains(module.kind) { kinds.append(module.kind) }
                throw EngineError(
                    .invalidRequest,
                    "the model has no module \"\(EngineError.shown(missing))\" for an adapter; it has \(kinds.joined(separator: ", "))")
            }
        }
        if let layers {
            for layer in layers where !model.shape.layers.indices.contains(layer) {
                throw EngineError(.invalidRequest, "the adapter is for a layer \(layer); the model has \(model.shape.layers.count)")
            }
            found.removeAll { module in module.layer.map { !layers.contains($0) } ?? false }
        }
        guard !found.isEmpty else { throw EngineError(.invalidRequest, "the adapter is for no module of the model") }
        // PEFT takes the first in the file's order, and nobody who reads the file expects that.
        for pattern in [Array(ranks.keys), Array(alphas.keys)] {
            for module in found {
                let names = pattern.filter(module.isNamed).sorted()
                guard names.count < 2 else {
                    throw EngineError(.unsupportedModel, "the patterns \(names.map(EngineError.shown).joined(separator: " and ")) both name \(module.name)")
                }
            }
        }
        return found
    }

    func rank(_ module: AdaptedModule) -> Int { Self.of(module, ranks) ?? rank }

    func scale(_ module: AdaptedModule) -> Float {
        let (rank, alpha) = (Double(rank(module)), Self.of(module, alphas) ?? alpha)
        return Float(isRankStabilised ? alpha / rank.squareRoot() : alpha / rank)
    }

    private static func of<Value>(_ module: AdaptedModule, _ pattern: [String: Value]) -> Value? {
        pattern.first { module.isNamed($0.key) }?.value
    }
}

// MARK: adapter_config.json

extension AdapterConfiguration {
    package static let fileName = "adapter_config.json"
    package static let maximumBytes = 1 << 20

    /// Members that say nothing of what an adapter computes.
    private static let harmless: Set<String> = [
        "auto_mapping", "base_model_name_or_path", "inference_mode", "megatron_core", "peft_version", "qalora_group_size", "revision", "task_type",
    ]

    /// - Throws: `malformedModel`; `unsupportedModel` for a kind of adapter that would compute something else.
    package init(json bytes: [UInt8]) throws(EngineError) {
        func malformed(_ message: String) -> EngineError { EngineError(.malformedModel, "\(Self.fileName): \(message)") }
        func unsupported(_ message: String) -> EngineError { EngineError(.unsupportedModel, "\(Self.fileName): \(message)") }
        let value: JSONValue
        do { value = try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: Self.maximumBytes, maxDepth: 8, maxValues: 100_000)) } catch {
            throw malformed("\(error)")
        }
        guard let object = value.object else { throw malformed("it is no object") }
        let reader = ConfigurationReader(value: value, name: Self.fileName)
        func checked<Value>(_ body: () throws(EngineError) -> Value) throws(EngineError) -> Value {
            do throws(EngineError) { return try body() } catch {
                throw EngineError(error.code, error.message.replacingPrefix("config.json", with: Self.fileName))
            }
        }
        let kind = try checked { () throws(EngineError) in try reader.string(ifThere: "peft_type") }
        guard kind == "LORA" else { throw unsupported("peft_type is \"\(EngineError.shown(kind ?? ""))\"; only LORA is supported") }
        rank = try checked { () throws(EngineError) in try reader.integer(ifThere: "r") } ?? 8
        alpha = try checked { () throws(EngineError) in try reader.number(ifThere: "lora_alpha") } ?? 8
        dropout = try checked { () throws(EngineError) in try reader.number(ifThere: "lora_dropout") } ?? 0
        isRankStabilised = try checked { () throws(EngineError) in try reader.flag("use_rslora", default: false) }
        baseModel = reader.member("base_model_name_or_path")?.string
        switch reader.member("target_modules") {
        case .string(let pattern)?: targets = try Self.targets(pattern)
        case .array?:
            let names = try checked { () throws(EngineError) in try reader.strings(ifThere: "target_modules") } ?? []
            guard !names.isEmpty, names.allSatisfy(Self.isPlain) else { throw malformed("target_modules are no names of modules") }
            targets = .named(names)
        default: throw malformed("there are no target_modules")
        }
        for (key, entry) in reader.member("rank_pattern")?.object?.members ?? [] {
            guard Self.isPlain(key), let rank = entry.integer, let rank = Int(exactly: rank) else { throw unsupported("rank_pattern is no object of names and ranks") }
            ranks[key] = rank
        }
        for (key, entry) in reader.member("alpha_pattern")?.object?.members ?? [] {
            guard Self.isPlain(key), let alpha = entry.double else { throw unsupported("alpha_pattern is no object of names and numbers") }
            alphas[key] = alpha
        }
        if let layers = reader.member("layers_to_transform") {
            let list = layers.array ?? [layers]
            guard list.count <= 1024 else { throw malformed("layers_to_transform are \(list.count)") }
            var numbers: [Int] = []
            for entry in list {
                guard let number = entry.integer, let number = Int(exactly: number) else { throw malformed("layers_to_transform are no integers") }
                numbers.append(number)
            }
            self.layers = numbers
        }
        if let bias = reader.member("bias"), bias.string != "none" { throw unsupported("a bias that was trained is not supported") }
        switch reader.member("init_lora_weights") {
        case nil, .bool?, .string("gaussian")?, .string("orthogonal")?: break
        default: throw unsupported("init_lora_weights of this kind may have changed the model's own weights, and is not supported")
        }
        let read: Set<String> = [
            "alpha_pattern", "bias", "init_lora_weights", "layers_to_transform", "lora_alpha", "lora_dropout", "peft_type", "r", "rank_pattern",
            "target_modules", "use_rslora",
        ]
        for (name, entry) in object.members where !read.contains(name) && !Self.harmless.contains(name) {
            switch entry {
            case .null, .bool(false): continue
            case .array(let list) where list.isEmpty: continue
            case .object(let members) where members.members.isEmpty: continue
            default: throw unsupported("this value of \(EngineError.shown(name)) is not supported")
            }
        }
        do throws(EngineError) { try check() } catch { throw malformed(error.message) }
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 256
            && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
    }

    /// PEFT takes one text as a regular expression for whole names. Those that say no more than how a name ends are read:
    /// `.*q_proj`, `.*\.q_proj`, `.*\.(q_proj|v_proj)`.
    private static func targets(_ pattern: String) throws(EngineError) -> Targets {
        if pattern == "all-linear" { return .all }
        var rest = Substring(pattern)
        if rest.hasPrefix(".*") { rest = rest.dropFirst(2) } else { rest = "" }
        if rest.hasPrefix("\\.") { rest = rest.dropFirst(2) }
        if rest.hasPrefix("("), rest.hasSuffix(")") { rest = rest.dropFirst().dropLast() }
        let names = rest.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy({ isPlain($0) && !$0.contains(".") }) else {
            throw EngineError(
                .unsupportedModel,
                "\(fileName): target_modules is a regular expression; write the names of the modules as a list")
        }
        return .named(names)
    }

    private static func object(_ members: [String: JSONValue]) -> JSONValue {
        var object = JSONObject()
        for (key, value) in members.sorted(by: { $0.key < $1.key }) { object[key] = value }
        return .object(object)
    }

    /// As PEFT writes it.
    package var json: JSONValue {
        var object: JSONObject = [
            "auto_mapping": .null, "bias": "none", "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true,
            "layers_pattern": .null, "modules_to_save": .null, "peft_type": "LORA", "revision": .null, "task_type": "CAUSAL_LM", "use_dora": false,
        ]
        object["alpha_pattern"] = Self.object(alphas.mapValues { .number($0) })
        object["base_model_name_or_path"] = baseModel.map { .string($0) } ?? .null
        object["layers_to_transform"] = layers.map { .array($0.map { .integer(Int64($0)) }) } ?? .null
        object["lora_alpha"] = .number(alpha)
        object["lora_dropout"] = .number(dropout)
        object["r"] = .integer(Int64(rank))
        object["rank_pattern"] = Self.object(ranks.mapValues { .integer(Int64($0)) })
        switch targets {
        case .all: object["target_modules"] = "all-linear"
        case .named(let names): object["target_modules"] = .array(names.map { .string($0) })
        }
        object["use_rslora"] = .bool(isRankStabilised)
        return .object(object)
    }
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
