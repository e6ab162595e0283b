import CanonicalEncoding
import InferenceEngine
import Testing
import WeightFormats

/// What configurations of the families may say and this engine does not compute, or no model can be.
@Suite struct ArchitectureRefusalTests {
    typealias Refusal = (fixture: String, key: String, value: JSONValue, code: EngineError.Code, word: String)

    static let unsupported: [Refusal] = [
        ("llama", "is_causal", false, .unsupportedModel, "is_causal"),
        ("llama", "per_layer_config", ["0": ["hidden_size": 8]], .unsupportedModel, "per_layer_config"),
        ("llama", "llama_4_scaling", ["beta": 1], .unsupportedModel, "llama_4_scaling"),
        ("llama", "layer_types", ["full_attention", "full_attention"], .unsupportedModel, "layer_types"),
        ("llama", "partial_rotary_factor", .number(0.5), .unsupportedModel, "partial_rotary_factor"),
        ("llama", "rope_scaling", ["type": "mrope", "mrope_section": [1, 2]], .unsupportedModel, "\"mrope\""),
        ("llama", "rope_scaling", ["type": "su", "long_factor": [1]], .unsupportedModel, "\"su\""),
        ("llama", "rope_scaling", ["type": "linear", "factor": 2, "offset": 3], .unsupportedModel, "offset in rope_scaling"),
        ("llama", "rope_parameters", ["full_attention": ["rope_type": "default"]], .unsupportedModel, "full_attention"),
        ("llama", "quantization_config", ["quant_method": "bitsandbytes"], .unsupportedModel, "bitsandbytes"),
        ("mistral", "layer_types", ["full_attention", "sliding_attention"], .unsupportedModel, "layer_types"),
        ("qwen2", "hidden_act", "gelu", .unsupportedModel, "hidden_act"),
        ("qwen2", "layer_types", ["full_attention", "chunked_attention"], .unsupportedModel, "chunked_attention"),
        ("gemma2", "use_bidirectional_attention", true, .unsupportedModel, "use_bidirectional_attention"),
        ("gemma2", "hidden_activation", "relu", .unsupportedModel, "hidden_activation"),
        ("gemma3", "rope_parameters", ["rope_type": "default", "rope_theta": 1000], .unsupportedModel, "in rope_parameters is not understood"),
        ("gemma3", "rope_scaling", ["rope_type": "linear", "factor": 8], .unsupportedModel, "rope_scaling"),
        ("phi3", "rope_scaling", ["type": "linear", "factor": 2], .unsupportedModel, "\"linear\""),
        ("smollm3", "layer_types", ["full_attention", "full_attention", "full_attention", "x"], .unsupportedModel, "\"x\""),
        ("granite", "hidden_act", "relu", .unsupportedModel, "hidden_act"),
        ("mixtral", "hidden_act", "gelu", .unsupportedModel, "hidden_act"),
        ("gpt-oss", "swiglu_alpha", 2, .unsupportedModel, "swiglu_alpha"),
    ]

    static let impossible: [Refusal] = [
        ("llama", "rope_scaling", ["type": "linear"], .malformedModel, "factor"),
        ("llama", "rope_scaling", ["type": "linear", "factor": 0], .malformedModel, "factor of 0"),
        ("llama", "rope_scaling", ["type": "dynamic", "factor": -1], .malformedModel, "dynamic"),
        ("llama", "rope_scaling", ["type": "llama3", "factor": 8], .malformedModel, "low_freq_factor"),
        ("llama", "rope_scaling", ["type": "yarn", "factor": 4, "original_max_position_embeddings": 0], .malformedModel, "YaRN"),
        ("llama", "rope_scaling", ["type": "yarn", "factor": 4, "beta_fast": 1, "beta_slow": 2], .malformedModel, "YaRN"),
        ("llama", "rope_scaling", ["type": "longrope", "factor": 4], .malformedModel, "short_factor"),
        ("llama", "rope_scaling", ["type": "longrope", "short_factor": [1, 2], "long_factor": [1, 2], "factor": 2], .malformedModel, "2 RoPE factors for 6"),
        ("llama", "mlp_bias", true, .malformedModel, "gate_proj.bias"),
        ("mistral", "sliding_window", 0, .malformedModel, "window of 0"),
        ("mistral", "sliding_window", "9", .malformedModel, "sliding_window"),
        ("qwen2", "layer_types", ["full_attention"], .malformedModel, "1 layer_types for 2"),
        ("qwen2", "layer_types", ["full_attention", "sliding_attention"], .malformedModel, "no sliding_window"),
        ("qwen3", "head_dim", 14, .malformedModel, "shape"),
        ("gemma2", "sliding_window", nil, .malformedModel, "no sliding_window"),
        ("gemma2", "attn_logit_softcapping", -1, .malformedModel, "factor of -1"),
        ("gemma2", "query_pre_attn_scalar", 0, .malformedModel, "factor of inf"),
        ("gemma3-older", "sliding_window_pattern", 0, .malformedModel, "sliding_window_pattern"),
        ("phi3-partial", "partial_rotary_factor", 0, .malformedModel, "partial_rotary_factor"),
        ("phi3-partial", "partial_rotary_factor", .number(0.9), .malformedModel, "elements"),
        ("phi3-longrope", "partial_rotary_factor", .number(0.5), .malformedModel, "RoPE factors for 2 pairs"),
        ("olmo2", "tie_word_embeddings", "x", .malformedModel, "tie_word_embeddings"),
        ("smollm3", "no_rope_layers", [1, 1], .malformedModel, "2 no_rope_layers for 4"),
        ("smollm3", "no_rope_layer_interval", 0, .malformedModel, "no_rope_layer_interval"),
        ("granite", "logits_scaling", 0, .malformedModel, "factor of inf"),
        ("granite", "residual_multiplier", -1, .malformedModel, "factor of -1"),
        ("mixtral", "num_experts_per_tok", 6, .malformedModel, "6 of 5 experts"),
        ("mixtral", "num_local_experts", 0, .malformedModel, "0 experts"),
        ("mixtral", "num_local_experts", 6, .malformedModel, "shape"),
        ("qwen3-moe", "num_local_experts", .integer(.max), .malformedModel, "experts"),
        ("qwen3-moe", "decoder_sparse_step", 0, .malformedModel, "decoder_sparse_step"),
        ("qwen3-moe", "mlp_only_layers", [0], .malformedModel, "mlp.gate_proj"),
        ("olmoe", "clip_qkv", -1, .malformedModel, "factor of -1"),
        ("gpt-oss", "swiglu_limit", 0, .malformedModel, "clamped"),
        ("gpt-oss", "num_local_experts", 5, .malformedModel, "shape"),
        ("gpt-oss", "attention_bias", false, .unsupportedModel, "bias"),
    ]

    @Test(arguments: unsupported + impossible)
    func valuesAreRefusedByName(refusal: Refusal) throws {
        let fixture = try ModelFixture.architecture(refusal.fixture)
        let found = HostileModelTests.error { _ = try fixture.load(changing: [refusal.key: refusal.value]) }
        #expect(found?.code == refusal.code && found?.message.contains(refusal.word) == true, "\(found.map { "\($0)" } ?? "loaded")")
    }

    /// One of every file's keys, misspelt, and what stands for something that is not computed.
    @Test(arguments: [
        ("architecture-gemma2.gguf", "gemma2.attention.sliding_window", "gemma2.attention.sliding_windoe"),
        ("architecture-gemma3.gguf", "gemma3.rope.freq_base_swa", "gemma3.rope.freq_base_swb"),
        ("architecture-gpt-oss-mxfp4.gguf", "gpt-oss.rope.scaling.yarn_beta_slow", "gpt-oss.rope.scaling.yarn_ext_facto"),
        ("architecture-granite.gguf", "granite.attention.scale", "granite.attention.causa"),
        ("architecture-llama-yarn.gguf", "llama.rope.scaling.factor", "llama.rope.scaling.attn_f"),
        ("architecture-mixtral.gguf", "llama.expert_used_count", "llama.expert_group_size"),
        ("architecture-olmo2.gguf", "olmo2.rope.freq_base", "olmo2.rope.freq_bass"),
        ("architecture-olmoe.gguf", "olmoe.expert_count", "olmoe.expert_cound"),
        ("architecture-phi3-partial.gguf", "phi3.rope.scaling.attn_factor", "phi3.rope.scaling.yarn_attn_f"),
        ("architecture-qwen2.gguf", "qwen2.feed_forward_length", "qwen2.attention.sliding_w"),
        ("architecture-qwen3.gguf", "qwen3.feed_forward_length", "qwen3.attention.sliding_w"),
        ("architecture-qwen3-moe.gguf", "qwen3moe.expert_used_count", "qwen3moe.expert_weights_sc"),
        ("architecture-smollm3.gguf", "smollm3.rope.freq_base", "smollm3.rope.freq_bass"),
    ])
    func unknownKeysAreRefusedByName(file: String, key: String, other: String) throws {
        let fixture = try #require(ModelFixture.architectures.first { $0.file == file })
        var bytes = try TokenFixtures.bytes(file)
        ArchitectureTests.replace(key, by: other, in: &bytes)
        let found = HostileModelTests.error { _ = try fixture.load(TokenFixtures.mapped(bytes)) }
        #expect(found?.code == .unsupportedModel && found?.message.contains(other) == true, "\(found.map { "\($0)" } ?? "loaded")")
    }

    /// Any value of any member, of every family: an error or a model, never a crash.
    @Test(arguments: [
        "llama-llama3", "llama-yarn-mscale", "llama-longrope", "mistral", "qwen2-window", "qwen3", "gemma2", "gemma3", "gemma3-older",
        "phi3-partial", "olmo2", "smollm3-window", "granite", "mixtral", "qwen3-moe-mixed", "olmoe-clipped", "gpt-oss",
    ])
    func anyValueIsAnErrorOrAModel(name: String) throws {
        let fixture = try ModelFixture.architecture(name)
        let values: [JSONValue] = [
            nil, 0, 1, -1, 3, .integer(.max), .integer(.min), .number(1e308), .number(-1e308), .number(1e-308), .number(0.5), "x", true, false, [],
            [1, -1], ["sliding_attention"], [:], ["rope_type": "dynamic", "factor": .number(1e308)],
        ]
        let configuration = EngineConfiguration(tileRows: 16, decodeRows: 2, logitRows: 4, maximumMemoryBytes: 16 << 20)
        let config = try #require(fixture.config)
        for (key, value) in config.members {
            var changes: [JSONObject] = values.map { [key: $0] }
            for (inner, _) in value.object?.members ?? [] {
                for change in values {
                    var object = value.object ?? [:]
                    object[inner] = change
                    changes.append([key: .object(object)])
                }
            }
            for change in changes {
                guard let model = try? fixture.load(configuration, changing: change) else { continue }
                // It may be one that takes no text as long as this.
                _ = try? model.logprobs(of: [1, 2, 3])
            }
        }
    }

    @Test(arguments: ModelFixture.architectures.filter { $0.config == nil })
    func changedBytesNeverCrash(fixture: ModelFixture) throws {
        let original = try TokenFixtures.bytes(fixture.file)
        var random = RandomSource(seed: 17)
        let configuration = EngineConfiguration(tileRows: 16, decodeRows: 2, logitRows: 4, maximumMemoryBytes: 16 << 20)
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<(1 + Int(random.next() % 3)) { bytes[Int(random.next() % 1200)] = UInt8(truncatingIfNeeded: random.next()) }
            guard let model = try? fixture.load(TokenFixtures.mapped(bytes), configuration) else { continue }
            _ = try? model.generate([[1, 2, 3]], maximumNewTokens: 2)
        }
    }
}
