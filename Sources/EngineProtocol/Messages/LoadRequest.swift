import CanonicalEncoding

/// Asks for a model to be read from sealed memfds that travel with the frame.
package struct LoadRequest: Hashable, Sendable {
    /// How the weights are stored.
    package enum Container: String, Hashable, Sendable, CaseIterable {
        /// GGUF, tokenizer and template inside: one file, or all parts of one that was split.
        case gguf
        /// Safetensors files, with `config.json`, `tokenizer.json` and `tokenizer_config.json` beside it.
        case safetensors
        /// A model that another server holds: one file, of the role `configuration`, says where.
        case remote
    }

    /// What a file is to the model.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        case weights
        case configuration
        case tokenizer
        case tokenizerConfiguration = "tokenizer-configuration"
        /// `chat_template.jinja`, which goes before the one in the tokenizer's configuration.
        case chatTemplate = "chat-template"
    }

    /// A file behind a descriptor. The descriptors come in the order of `files`.
    package struct File: Hashable, Sendable {
        package var role: Role
        /// Bytes; the worker refuses a descriptor of another size.
        package var size: Int

        package init(role: Role, size: Int) {
            self.role = role
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
    package var json: JSONValue { ["role": .string(role.rawValue), "size": .count(size)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["role", "size"])
        self.init(
            role: try field.field("role").word(LoadRequest.Role.self),
            size: try field.field("size").count(in: 0...WireLimits.integer))
    }
}
