import CanonicalEncoding

/// Asks for a model to be read from sealed memfds that travel with the frame.
package struct LoadRequest: Hashable, Sendable {
    /// How the weights are stored.
    package enum Container: String, Hashable, Sendable, CaseIterable {
        /// GGUF, tokenizer and template inside: one file, or all parts of one that was split.
        case gguf
        /// Safetensors files, with `config.json`, `tokenizer.json` or `tokenizer.model`, and what else there is of `Role`
        /// beside them.
        case safetensors
        /// A model that another server holds: one file, of the role `configuration`, says where.
        case remote
    }

    /// What a file is to the model.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        case weights
        /// What is in which of several safetensors files.
        case weightsIndex = "weights-index"
        case configuration
        case tokenizer
        /// SentencePiece's, which is read where there is no `tokenizer`.
        case tokenizerModel = "tokenizer-model"
        case tokenizerConfiguration = "tokenizer-configuration"
        /// Goes before the one in the tokenizer's configuration.
        case chatTemplate = "chat-template"
        /// AutoGPTQ's and AutoAWQ's, which are read where `configuration` says nothing of quantisation.
        case gptqConfiguration = "gptq-configuration"
        case awqConfiguration = "awq-configuration"

        /// The role of a file beside safetensors weights, by its name without folders; nil for one that no engine reads.
        package init?(fileName name: String) {
            switch name {
            case "config.json": self = .configuration
            case "tokenizer.json": self = .tokenizer
            case "tokenizer.model": self = .tokenizerModel
            case "tokenizer_config.json": self = .tokenizerConfiguration
            case "chat_template.jinja": self = .chatTemplate
            case "quantize_config.json": self = .gptqConfiguration
            case "quant_config.json": self = .awqConfiguration
            default:
                guard name.hasSuffix(".safetensors.index.json") else { return nil }
                self = .weightsIndex
            }
        }
    }

    /// A file behind a descriptor. The descriptors come in the order of `files`.
    package struct File: Hashable, Sendable {
        package var role: Role
        /// Without folders, as an index has it; for errors, too.
        package var name: String?
        /// Bytes; the worker refuses a descriptor of another size.
        package var size: Int

        package init(role: Role, name: String? = nil, size: Int) {
            self.role = role
            self.name = name
            self.size = size
        }
    }

    package var container: Container
    /// One to `WireLimits.descriptors` files, each role but `weights` at most once.
    package var files: [File]
    /// Threads for matrix products. They change no bit of a result.
    package var threads: Int
    /// Longest sequence that will be asked for, nil for the model's own; it bounds the key-value cache.
    package var maximumContextTokens: Int?

    package init(container: Container, files: [File], threads: Int, maximumContextTokens: Int? = nil) {
        self.container = container
        self.files = files
        self.threads = threads
        self.maximumContextTokens = maximumContextTokens
    }
}

extension LoadRequest: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = [
            "container": .string(container.rawValue), "files": .array(of: files), "threads": .count(threads),
        ]
        object["maximumContextTokens"] = maximumContextTokens.map { .count($0) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["container", "files", "threads", "maximumContextTokens"])
        let list = try field.field("files")
        let files = try File.array(list, maxCount: WireLimits.descriptors)
        guard !files.isEmpty else { throw list.failure("no file is named") }
        let sides = files.map(\.role).filter { $0 != .weights }
        guard Set(sides).count == sides.count else { throw list.failure("two files have the same role") }
        self.init(
            container: try field.field("container").word(Container.self), files: files,
            threads: try field.field("threads").count(in: 1...1024),
            maximumContextTokens: try field.optional("maximumContextTokens")?.count(in: 1...WireLimits.tokens))
    }
}

extension LoadRequest.File: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = ["role": .string(role.rawValue), "size": .count(size)]
        object["name"] = name.map { .string($0) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["role", "name", "size"])
        self.init(
            role: try field.field("role").word(LoadRequest.Role.self),
            name: try field.optional("name")?.string(maxBytes: 255),
            size: try field.field("size").count(in: 0...WireLimits.integer))
    }
}
