import CanonicalEncoding

extension TaskDefinition {
    /// Reads a task file, and through `folder` what it includes.
    /// - Parameter file: its name in the folder.
    /// - Throws: `TaskError` with the file and line.
    package init(file: String, in folder: TaskFolder) throws(TaskError) {
        try self.init(TaskSource(file, in: folder).map, in: folder)
    }

    init(_ map: TaskYAMLMap, in folder: TaskFolder) throws(TaskError) {
        try map.allow(only: Keys.read + Keys.passedOver + Keys.code, unread: Keys.unread)
        for key in Keys.code {
            if let value = map.value(key) { throw value.codeFailure(key) }
        }
        if let unsafe = map.value("unsafe_code"), try map.bool("unsafe_code") == true {
            throw unsafe.failure(.unsupported, "\"unsafe_code\" runs the model's output outside a sandbox; code is scored here by code_pass")
        }
        file = map.file
        let nameYAML = try map.required("task")
        name = try nameYAML.string("task", maxBytes: 256)
        guard Self.isName(name) else {
            throw nameYAML.failure(.invalid, "\"task\" must be 1 to 256 bytes without control characters, quotes or slashes")
        }
        outputType = try Self.outputType(map)
        data = try TaskData(map)
        guard let split = try map.string(firstOf: ["test_split", "validation_split"]) else {
            throw map.failure(.invalid, "one of \"test_split\" and \"validation_split\" is needed")
        }
        self.split = split
        description = try Self.textField("description", map)
        let wording = Wording(
            text: try Self.required("doc_to_text", map), choices: try Self.choices(map), target: try Self.target(map),
            prefix: try Self.textField("gen_prefix", map), targetDelimiter: try map.string("target_delimiter", maxBytes: 64) ?? " ")
        if outputType == .multipleChoice, wording.choices == nil {
            throw map.failure(.invalid, "multiple_choice needs the key \"doc_to_choice\"")
        }
        self.wording = wording
        fewShot = try FewShot(map, wording: wording)
        refusesExamples = try map.integer("num_fewshot", in: 0...256) == 0
        repeats = try map.integer("repeats", in: 1...1024) ?? 1
        generation = outputType == .generateUntil ? try GenerationSettings(map) : nil
        processResults = try map.value("process_results").map { value throws(TaskError) in
            try ScorerFunction(value, "process_results", in: folder)
        }
        metrics = try MetricRequest.list(map, outputType: outputType, isScoredByFunction: processResults != nil, in: folder)
        filters = try FilterPipeline.list(map, outputType: outputType, repeats: repeats)
        let metadata = try map.map("metadata")
        version = try Self.version(metadata)
        clusterField = try metadata?.string("cluster_field", maxBytes: 256) ?? "cluster"
        domainField = try metadata?.string("domain_field", maxBytes: 256) ?? "domain"
        var named: [TextField] = []
        for key in ["cluster_field", "domain_field"] {
            if let metadata, let field = try Self.textField(key, metadata) { named.append(field) }
        }
        namedFields = named
        corpus = try metadata.flatMap { metadata throws(TaskError) in try Self.textField("corpus", metadata) }
        filesField = try metadata?.string("files_field", maxBytes: 256)
    }

    private enum Keys {
        static let read = [
            "task", "dataset_path", "dataset_name", "dataset_kwargs", "test_split", "validation_split", "training_split",
            "fewshot_split", "output_type", "doc_to_text", "doc_to_choice", "doc_to_target", "target_delimiter", "description",
            "num_fewshot", "fewshot_delimiter", "fewshot_config", "generation_kwargs", "metric_list", "filter_list", "repeats",
            "gen_prefix", "metadata", "unsafe_code", "process_results",
        ]
        /// Names and groupings, and what concerns training data: no request and no score depends on them.
        static let passedOver = [
            "task_alias", "tag", "group", "group_alias", "should_decontaminate", "doc_to_decontamination_query", "task_list",
        ]
        /// Python code that would make items: they are as they lie in the files.
        static let code = ["process_docs", "custom_dataset"]
        static let unread = [
            "class": "it names Python code", "doc_to_image": "models here read text", "doc_to_audio": "models here read text",
            "use_prompt": "prompts come with the task", "recipe": "it names Python code",
        ]
    }

    private static func isName(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"\"/\\,".utf8.contains($0) }
    }

    private static func outputType(_ map: TaskYAMLMap) throws(TaskError) -> OutputType {
        guard let yaml = map.value("output_type") else { return .generateUntil }
        let type = try yaml.string("output_type", maxBytes: 64)
        guard let outputType = OutputType(rawValue: type) else {
            let known = OutputType.allCases.map(\.rawValue).joined(separator: ", ")
            throw yaml.failure(.unsupported, "the output type \"\(type)\" is not supported; one of \(known)")
        }
        return outputType
    }

    // MARK: Wording

    static func textField(_ key: String, _ map: TaskYAMLMap) throws(TaskError) -> TextField? {
        guard let yaml = map.value(key) else { return nil }
        let source = try yaml.string(key)
        return source.isEmpty ? nil : TextField(source: source, file: yaml.file, line: yaml.line)
    }

    private static func required(_ key: String, _ map: TaskYAMLMap) throws(TaskError) -> TextField {
        let yaml = try map.required(key)
        return TextField(source: try yaml.string(key), file: yaml.file, line: yaml.line)
    }

    static func choices(_ map: TaskYAMLMap) throws(TaskError) -> Choices? {
        guard let yaml = map.value("doc_to_choice") else { return nil }
        let elements: [TaskYAML]
        switch yaml.content {
        case .list(let list): elements = list
        case .map(let members): elements = members.map(\.value)
        default: return .field(TextField(source: try yaml.string("doc_to_choice"), file: yaml.file, line: yaml.line))
        }
        guard (1...256).contains(elements.count) else {
            throw yaml.failure(.invalid, "\"doc_to_choice\" must have 1 to 256 choices")
        }
        var choices: [String] = []
        for element in elements { choices.append(try element.string("doc_to_choice")) }
        return .fixed(choices)
    }

    static func target(_ map: TaskYAMLMap) throws(TaskError) -> Target {
        let yaml = try map.required("doc_to_target")
        switch yaml.content {
        case .integer(let index): return .value(.integer(index))
        case .list: return .value(try yaml.json("doc_to_target"))
        default: return .field(TextField(source: try yaml.string("doc_to_target"), file: yaml.file, line: yaml.line))
        }
    }

    private static func version(_ metadata: TaskYAMLMap?) throws(TaskError) -> String {
        guard let yaml = metadata?.value("version") else { return "none" }
        switch yaml.content {
        case .integer(let integer): return String(integer)
        case .decimal(let text): return text
        default: return try yaml.string("version", maxBytes: 64)
        }
    }
}

extension TaskDefinition.FewShot {
    /// - Returns: nil where no examples can be asked for: the task names no count, and no pool.
    init?(_ map: TaskYAMLMap, wording: TaskDefinition.Wording) throws(TaskError) {
        let config = try map.map("fewshot_config")
        try config?.allow(
            only: ["sampler", "split", "samples", "doc_to_text", "doc_to_choice", "doc_to_target", "gen_prefix", "fewshot_delimiter",
                "target_delimiter", "process_docs"],
            unread: ["fewshot_indices": "the harness has no effect for it"])
        if let code = config?.value("process_docs") { throw code.codeFailure("fewshot_config.process_docs") }
        let sampler = try config?.string("sampler", maxBytes: 64) ?? Sampler.drawn.rawValue
        guard let known = Sampler(rawValue: sampler) else {
            throw map.failure(.unsupported, "the sampler \"\(sampler)\" is not supported; default and first_n are")
        }
        self.sampler = known
        count = try map.integer("num_fewshot", in: 0...256) ?? 0
        line = map.value("num_fewshot")?.line ?? map.line

        let shared = try map.string("fewshot_split", maxBytes: 64)
        let named = try config?.string("split", maxBytes: 64) ?? shared
        let asked = try map.string("test_split", maxBytes: 64)
        if let named {
            pool = .split(named)
        } else if let samples = config?.value("samples") {
            pool = .samples(try Self.samples(samples))
        } else if let split = try map.string(firstOf: ["training_split", "validation_split", "test_split"]) {
            pool = .split(split)
        } else {
            return nil
        }
        // As the harness compares them: a pool that no key names is none, and so may be the split that is asked.
        excludesItem = named.map(ExactString.init) == asked.map(ExactString.init)

        var own = wording
        if let config {
            if let text = try TaskDefinition.textField("doc_to_text", config) { own.text = text }
            if let choices = try TaskDefinition.choices(config) { own.choices = choices }
            if config.value("doc_to_target") != nil { own.target = try TaskDefinition.target(config) }
            if let prefix = try TaskDefinition.textField("gen_prefix", config) { own.prefix = prefix }
            own.targetDelimiter = try config.string("target_delimiter", maxBytes: 64) ?? own.targetDelimiter
        }
        self.wording = own
        let after = try map.string("fewshot_delimiter", maxBytes: 64) ?? "\n\n"
        delimiter = try config?.string("fewshot_delimiter", maxBytes: 64) ?? after
    }

    private static func samples(_ yaml: TaskYAML) throws(TaskError) -> [JSONObject] {
        guard case .list(let elements) = yaml.content, (1...256).contains(elements.count) else {
            if case .code = yaml.content { throw yaml.codeFailure("fewshot_config.samples") }
            throw yaml.failure(.invalid, "\"samples\" must be a list of 1 to 256 items")
        }
        var samples: [JSONObject] = []
        for element in elements {
            guard case .object(let object) = try element.json("samples") else {
                throw element.failure(.invalid, "an element of \"samples\" must be a mapping of an item's fields")
            }
            samples.append(object)
        }
        return samples
    }
}

extension GenerationSettings {
    /// As the harness: greedy, 256 tokens, and where no `until` is given the few-shot delimiter ends the answer.
    init(_ map: TaskYAMLMap) throws(TaskError) {
        let delimiter = try map.string("fewshot_delimiter", maxBytes: 64) ?? "\n\n"
        guard let yaml = map.value("generation_kwargs") else {
            until = [delimiter]
            maximumTokens = 256
            temperature = .zero
            topK = 0
            topP = .one
            arguments = ["temperature": .number(0), "do_sample": false, "max_gen_toks": 256, "until": [.string(delimiter)]]
            return
        }
        let settings = try TaskYAMLMap(yaml, name: "\"generation_kwargs\"")
        let lengths = ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"]
        try settings.allow(
            only: ["until", "do_sample", "temperature", "top_p", "top_k", "num_beams"] + lengths,
            unread: ["max_length": "name the answer's own length, max_gen_toks", "repetition_penalty": "answers are measured as they come"])
        // `null` is not the same as no key: nothing but the end of the text ends the answer then.
        let stops = settings.isNull("until") ? [] : try settings.strings("until", maxCount: 64) ?? [delimiter]
        guard stops.allSatisfy({ $0.utf8.count <= 256 }) else {
            throw yaml.failure(.limit, "a string of \"until\" may have 256 bytes")
        }
        // An empty string would end every answer before it begins; the harness' models leave it out.
        until = stops.filter { !$0.isEmpty }
        var limit: Int?
        for key in lengths where limit == nil { limit = try settings.integer(key, in: 1...32_768) }
        maximumTokens = limit ?? 256
        if let beams = try settings.integer("num_beams", in: 1...64), beams != 1 {
            throw settings.failure(.unsupported, "\"num_beams: \(beams)\": beams are not searched here, so that answers are the model's likeliest or sampled ones")
        }
        let asked = try settings.decimal("temperature")
        if let asked, !(0...10).contains(asked.double) { throw yaml.failure(.invalid, "\"temperature\" must be in 0...10") }
        let samples = try settings.bool("do_sample") ?? ((asked?.double ?? 0) > 0)
        if samples, asked.map({ $0.double == 0 }) ?? true {
            throw yaml.failure(.invalid, "\"do_sample: true\" needs a \"temperature\" above 0: without one the harness leaves it to the backend")
        }
        temperature = samples ? asked ?? .zero : .zero
        topK = samples ? try settings.integer("top_k", in: 0...1_000_000) ?? 0 : 0
        let share = try settings.decimal("top_p") ?? .one
        guard share.double > 0, share.double <= 1 else { throw yaml.failure(.invalid, "\"top_p\" must be above 0 and at most 1") }
        topP = samples ? share : .one
        guard case .object(var object) = try yaml.json("generation_kwargs") else { throw yaml.failure(.invalid, "a mapping was expected") }
        if let asked { object["temperature"] = .number(asked.double) }
        if object["until"] == nil { object["until"] = .array(until.map { .string($0) }) }
        arguments = object
    }
}
