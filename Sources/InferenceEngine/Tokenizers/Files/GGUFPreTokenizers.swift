/// The names in `tokenizer.ggml.pre` and what they stand for in llama.cpp (`llama-vocab.cpp`).
///
/// Where llama.cpp notes that its expression is an approximation of the one that the model was published with, since
/// its own engine could not run that, the published one is used: it is what the model was trained with.
struct GGUFPreTokenizer {
    var expressions: [String]
    /// Whether a piece that is a token as it stands is not merged from its bytes.
    var ignoresMerges = false
    /// Whether a text gets the token that starts one, if the file does not say.
    var addsBegin = false

    /// - Throws: `unsupported` for a name that is not known.
    static func named(_ name: String, place: String) throws(TokenizerError) -> GGUFPreTokenizer {
        guard let found = all.first(where: { $0.names.contains { $0.utf8.elementsEqual(name.utf8) } }) else {
            throw TokenizerError(
                .unsupported, "the pre-tokenizer \(Vocabulary.quoted(name.utf8)) is not implemented; "
                    + "there are: \(all.flatMap(\.names).joined(separator: ", "))", at: place)
        }
        return found.preTokenizer
    }

    func steps(place: String) throws(TokenizerError) -> [PreTokenizer.Step] {
        var steps: [PreTokenizer.Step] = []
        for source in expressions {
            if PreTokenizer.gpt2.contains(where: { $0.utf8.elementsEqual(source.utf8) }) {
                steps.append(.gpt2)
                continue
            }
            do { steps.append(.expression(try Expression(source), .isolated, inverted: false)) } catch {
                throw TokenizerError(.unsupported, "its expression \(source.debugDescription): \(error)", at: place)
            }
        }
        return steps
    }

    private static let all: [(names: [String], preTokenizer: GGUFPreTokenizer)] = [
        (["default"], .init(expressions: [#"[\p{P}\$\+<=>\^~\|]+"#, gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"])),
        (
            [
                "gpt-2", "gpt2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "modern-bert",
                "jina-v1-en", "jina-v2-code", "roberta-bpe", "exaone4", "mpt", "olmo", "jais", "trillion", "granite-docling",
            ], .init(expressions: [gpt2])
        ),
        (
            ["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"],
            .init(expressions: [#"\p{N}"#, gpt2])
        ),
        (["falcon"], .init(expressions: [#"[\p{P}\$\+<=>\^~\|`]+"#, gpt2, "[0-9][0-9][0-9]"])),
        (
            ["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"],
            .init(expressions: [llama3], ignoresMerges: true, addsBegin: true)
        ),
        (["dbrx", "smaug-bpe", "glm4", "chatglm-bpe"], .init(expressions: [llama3])),
        (
            ["qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "megrez", "hunyuan", "solar-open", "grok-2"],
            .init(expressions: [qwen2])
        ),
        (
            ["qwen35"],
            .init(expressions: [
                qwen35
            ])
        ),
        (["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"], .init(expressions: [gpt4o])),
        (["granite-embed-multi-97m"], .init(expressions: [gpt4o], ignoresMerges: true)),
        (["tiny_aya", "cohere2moe"], .init(expressions: [#"\d{1,3}(?=(?:\d{3})*\b)"#, gpt4o])),
        (
            ["tekken"],
            .init(
                expressions: [
                    tekken
                ], ignoresMerges: true, addsBegin: true)
        ),
        (
            ["deepseek-llm"],
            .init(expressions: [
                #"[\r\n]"#,
                cased, #"\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+"#, #"\s+$"#, han, #"\p{N}+"#,
            ])
        ),
        (
            ["deepseek-coder"],
            .init(expressions: [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, han, #"\p{N}"#])
        ),
        (
            ["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"],
            .init(expressions: [
                #"\p{N}{1,3}"#, kana,
                deepSeek3,
            ])
        ),
        (["bloom", "gpt3-finnish", "poro-chat"], .init(expressions: [#" ?[^(\s|.,!?…。，、।۔،)]+"#])),
        (["viking"], .init(expressions: [#" ?[^(\s|.,!?…。，、।۔،)]+"#, #"\p{N}"#])),
        (["superbpe"], .init(expressions: [#"\p{N}+"#, #"(?=(\d{3})+(?!\d))"#])),
        (
            ["bailingmoe", "bailingmoe2", "llada-moe"],
            .init(expressions: [
                #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
            ])
        ),
        (
            ["seed-coder"],
            .init(expressions: [
                seedCoder
            ])
        ),
        (
            ["exaone-moe"],
            .init(expressions: [
                exaoneMoE
            ])
        ),
        (
            ["minicpm5"],
            .init(
                expressions: [
                    #"\p{N}{1,3}"#, miniCPM5,
                ], ignoresMerges: true)
        ),
        (["laguna"], .init(expressions: [#"[^\n]+|[\n]+"#, qwen2])),
        (
            ["jais-2"],
            .init(expressions: [
                jais2
            ])
        ),
    ]

    private static let qwen35: String =
        contractions + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let seedCoder: String =
        contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let exaoneMoE: String =
        contractions + #"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"#
    private static let miniCPM5: String =
        contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let tekken: String =
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"#
        + #"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#
        + #"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let deepSeek3: String =
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
        + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let jais2: String =
        contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)"#
        + #"|\s{128}(?!\S)|\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}"#
    private static let gpt2: String = PreTokenizer.gpt2[0]
    private static let contractions: String = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    private static let llama3: String =
        contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let qwen2: String =
        contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let gpt4o: String =
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"# + contractions
        + #"?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"# + contractions
        + #"?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let han = #"[\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]+"#
    private static let kana = #"[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+"#
    /// The cased letters, as a version of Unicode had them.
    private static let cased: String = [
        #"\s?[A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}"#,
        #"\x{370}-\x{373}\x{376}-\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}"#,
        #"\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}"#,
        #"\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}"#,
        #"\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}"#,
        #"\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}"#,
        #"\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}"#,
        #"\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}"#,
        #"\x{2145}-\x{2149}\x{214E}\x{2183}-\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2CEB}-\x{2CEE}\x{2CF2}-\x{2CF3}"#,
        #"\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}"#,
        #"\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3}"#,
        #"\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+"#,
    ].joined()
}
