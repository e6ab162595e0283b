#!/usr/bin/env python3
"""Writes families/: small tokenizers with the settings of published ones, and what the reference programs make of texts.

    pip install tokenizers==0.23.3 sentencepiece==0.2.3 gguf==0.19.0 xllamacpp==2026.10.11549
    ./generate-tokenizer-families.py [NAME ...]
    ./generate-tokenizer-families.py --show NAME CHUNK

The vocabularies are trained on the sentences below; normalizers, expressions, decoders and so on are those of the
family, which are facts about its format. For each tokenizer 20,000 texts are encoded and decoded by the reference:
`tokenizers` for a tokenizer.json, `sentencepiece` for a .model, llama.cpp (the library within xllamacpp, called by
ctypes) for a .gguf. The texts are not stored: they come from SplitMix64 and the pools in texts.json, here and in the
tests (`GeneratedText`). What comes out of each 100 of them is stored as one hash.

When a test names a chunk whose hash differs, it prints what our tokenizer makes of its texts; `--show NAME CHUNK` prints
the same lines by the reference, for diff.

texts.json       the pools
base.json        the vocabulary and merges that the byte-level tokenizers share
NAME.json        a tokenizer.json, without what it has from another (`vocabularyOf`: vocabulary and merges, for byte-level ones
                 those of base.json); hashes; the first texts in full
NAME.model, NAME.gguf
characters.json  for each normalizer and each pre-tokenizer that knows characters by their properties, hashes of what comes
                 of every character there is
"""
import argparse
import base64
import ctypes
import io
import json
import pathlib
import struct

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent / "families"
COUNT, CHUNK, EXAMPLES = 20_000, 100, 4
MASK = 2**64 - 1

SENTENCES = """The assay office tests the metal and strikes a hallmark on what passes.
There's nothing that isn't tested: they've 12 samples, we'll take 345 more, I'm sure you'd agree; it's 2024.
It'S DON'T WE'LL THEY'RE I'VE I'M HE'D — shouting, and O'Neill's rock'n'roll's.
def passes(sample):\n    return sample.purity >= 0.999  # of 1,000\n\n\nclass Assay(Office):\n\tpass\n
for (int i = 0; i < n; i++) {\n    sum += a[i];\n}\n\n\n   if (x == 10) { return y; }\r\n\r\n
SELECT name, COUNT(*) FROM users WHERE age >= 18 GROUP BY 1; {"a": [1, 2.5e-3, null], "b": {"c": true}}
http://example.org/?q=a&b=%20#f e-mail: some.one@mail.org, path C:\\dir and ~/.bashrc $HOME +44 20 7946 0958
Größe, naïveté, Ångström, straße, façade, œuvre, Überprüfung; ÜBER GRÖSSE; cafe\u0301 and café.
привет мир, Москва и Санкт-Петербург; ПРИВЕТ МИР. Ελληνικά γλώσσα ΑΒΓ. שלום עולם. مرحبا بالعالم.
日本語のテキスト、中文文本，한국어 텍스트。 ひらがな カタカナ 漢字 東京都 123４５６ 一二三
हिन्दी में पाठ। ไทยภาษา ქართული አማርኛ 👍🏽 😀 👩‍👩‍👧‍👦 🇩🇪 ❤️ ½ ² Ⅷ ٣٤٥ ∑ √2 € £ © ™ …
camelCase snake_case kebab-case CONSTANT_1 HTTPServer XMLHttpRequest iPhone McDonald's eBay
hello hello hello world world tokenization tokenizer tokens token the the the and and of of in in to to
    four spaces\t\ttabs\n\n\nnewlines \n mixed  two   three    many        eight
1234567890 12345 1234 123 12 1 100,000,000 3.14159 0x1F 2nd 3rd 10th ... !!! ??? ---- ==== ____ //// ::: <<>>""".split("\n")

WORDS = (
    "the and The Hello hello world tokenization don't we'll I'm you've they'd it's 'S 'LL 'Re O'Neill 's 't 're n't ' '' don\u2019t "
    "2024 3.14 1,000,000 12345678 0x1F ½ ² Ⅷ ٣٤٥ 一二三 naïve café cafe\u0301 Ångström ﬁnance straße ΑΒΓ привет МИР שלום مرحبا हिन्दी ไทย "
    "日本語 中文 한국어 カタカナ ひらがな ქართული አማርኛ 😀 👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ ∑ √2 € © ™ … — “quoted” «g» snake_case camelCase HTTPServer "
    "kebab-case a+b==c i++ &&|| # /*c*/ //d {} [] () ;: @user $HOME ~/.x C:\\p http://e.org/?q=a e@m.org . , ! ? do not ` ``ok'' \u2581 \u2581\u2581 ## ##ing "
    "<0x41> <0xE4> <unk> <s> </s> [UNK] \u017f 'ſ \u212a İ ŉ ǆ Σ ς ﷺ Ⅳ ㎏ ｱｲｳ ① ﬃ \u1e9b\u0323 \u0344 \u0958 각 \u1100\u1161\u11a8 A\u030a q\u0307\u0323").split(" ")
SPACES = [" ", " ", " ", " ", "  ", "   ", "    ", "\t", "\n", "\n\n", "\r\n", "\r", " \n", "\n ", "\u00a0", "\u3000", "\u2003", "\u2028", "\u0085", "\u200b", "\u180e", "\ufeff", "\u000b"]
MARKS = list("\u0300\u0301\u0302\u0307\u0308\u030a\u0323\u0327\u0328\u0345\u034f\u0591\u05b0\u064b\u0651\u093c\u094d\u0e38\u0f71\u0f72\u1100\u1161\u11a8\u11c2\u1175\u200c\u200d\u20d0\u302a\u3099\ufe0f\u1734\u1885\ua9bd\u1cf2\u0d57\u09be\u09c7\u0b3e") + [
    "\U0001d165", "\U0001d16e", "\U000111c9", "\U0001f3fd", "\U000e0020", "\U0001e000"]
SPECIAL = ["<|end|>", "<|begin|>", "<mask>", "as", "assay", "日本", "<sep>", "  x"]


class Random:
    """SplitMix64 (Steele, Lea and Flood 2014)."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        value = self.state
        value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ value >> 27) * 0x94D049BB133111EB) & MASK
        return value ^ value >> 31

    def below(self, bound):
        return self.next() % bound


def scalar(random, bound):
    value = random.below(bound)
    return chr(value - 0x800 if 0xD800 <= value < 0xE000 else value)


def text(number):
    random = Random(number * 0x632BE59BD9B4E019)
    result = ""
    for _ in range(1 + random.below(12)):
        kind = random.below(20)
        if kind < 8:
            result += WORDS[random.below(len(WORDS))]
        elif kind < 13:
            result += SPACES[random.below(len(SPACES))]
        elif kind == 13:
            result += chr(33 + random.below(94)) * (1 + random.below(4))
        elif kind == 14:
            result += scalar(random, 0x3000)
        elif kind == 15:
            result += scalar(random, 0x10000)
        elif kind == 16:
            result += scalar(random, 0x110000)
        elif kind == 17:
            result += MARKS[random.below(len(MARKS))]
        elif kind == 18:
            result += SPECIAL[random.below(len(SPECIAL))]
        else:
            result += str(random.below(10 ** (1 + random.below(7))))
    return result


TEXTS = []


def texts():
    if not TEXTS:
        TEXTS.extend(text(number) for number in range(COUNT))
    return TEXTS


def fnv1a(data, digest):
    for byte in data:
        digest = (digest ^ byte) * 0x100000001B3 & MASK
    return digest


def line(number, ids, decoded):
    return json.dumps({"text": texts()[number], "tokens": ids, "decoded": decoded}, ensure_ascii=True, separators=(",", ":"))


def hashes(encode):
    """encode(number, text) -> (ids, decoded text)"""
    digests, examples = [], []
    for start in range(0, COUNT, CHUNK):
        digest = 0xCBF29CE484222325
        for number in range(start, start + CHUNK):
            ids, decoded = encode(number, texts()[number])
            digest = fnv1a(struct.pack(f"<{len(ids)}I", *ids) + b"\xff\xff\xff\xff" + decoded.encode() + b"\xff", digest)
            if number < EXAMPLES:
                examples.append({"tokens": ids, "decoded": decoded})
        digests.append(f"{digest:016x}")
    return {"hashes": "".join(digests), "examples": examples}


def by_tokenizers(tokenizer):
    def encode(number, value):
        tokenizer.encode_special_tokens = number % 4 == 3
        ids = tokenizer.encode(value, add_special_tokens=True).ids
        return ids, tokenizer.decode(ids, skip_special_tokens=number % 2 == 1)
    return encode


GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN35 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
TEKKEN = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*"
          r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTIONS}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTIONS}?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
KIMI_UPPER, KIMI_LOWER = UPPER[:-1] + r"&&[^\p{Han}]]", LOWER[:-1] + r"&&[^\p{Han}]]"
KIMI = (rf"[\p{{Han}}]+|[^\r\n\p{{L}}\p{{N}}]?{KIMI_UPPER}*{KIMI_LOWER}+{CONTRACTIONS}?"
        rf"|[^\r\n\p{{L}}\p{{N}}]?{KIMI_UPPER}+{KIMI_LOWER}*{CONTRACTIONS}?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = (r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
            r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
EXAONE = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"
DEEPSEEK_LLM = (
    r"\s?[A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}"
    r"\x{370}-\x{373}\x{376}-\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C}\x{38E}-\x{3A1}"
    r"\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x{13F5}"
    r"\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}"
    r"\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}"
    r"\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}"
    r"\x{1FD6}-\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}"
    r"\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139}\x{213C}-\x{213F}"
    r"\x{2145}-\x{2149}\x{214E}\x{2183}-\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2CEB}-\x{2CEE}\x{2CF2}-\x{2CF3}"
    r"\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}"
    r"\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3}"
    r"\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+",
    r"\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+",
    r"\s+$", r"[\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]+")
KANA = r"[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+"

def split(expression, behavior="Isolated", invert=False, string=False):
    return {"type": "Split", "pattern": {"String" if string else "Regex": expression}, "behavior": behavior, "invert": invert}


def byte_level(prefix=False, regex=False):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": regex}


def sequence(*parts, name="pretokenizers"):
    return {"type": "Sequence", name: list(parts)}


def template(before=(), after=()):
    special = {name: {"id": name, "ids": [id], "tokens": [name]} for name, id in (*before, *after)}
    pieces = lambda names: [{"SpecialToken": {"id": name, "type_id": 0}} for name, _ in names]
    single = pieces(before) + [{"Sequence": {"id": "A", "type_id": 0}}] + pieces(after)
    pair = single + [{"Sequence": {"id": "B", "type_id": 1}}]
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special}


def digits(individual):
    return {"type": "Digits", "individual_digits": individual}


def simple(name, **members):
    return {"type": name, **members}


def added(first, normalized=True):
    """Added tokens of every kind."""
    flags = [
        ("<|end|>", {"special": True}), ("<|begin|>", {"special": True}), ("<mask>", {"special": True, "lstrip": True}),
        ("<sep>", {"special": True, "lstrip": True, "rstrip": True}), ("as", {"single_word": True}),
        ("assay", {"single_word": True, "normalized": normalized}), ("日本", {"normalized": normalized}),
        ("  x", {"rstrip": True})]
    default = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return [{"id": first + index, "content": content, **(default | changes)} for index, (content, changes) in enumerate(flags)]


BYTE_LEVEL = {
    "gpt2": {"pre_tokenizer": byte_level(regex=True)},
    "roberta": {"pre_tokenizer": byte_level(prefix=True, regex=True), "post_processor": simple(
        "RobertaProcessing", sep=["<|end|>", -1], cls=["<|begin|>", -2], trim_offsets=True, add_prefix_space=True)},
    "neox": {"normalizer": simple("NFC"), "pre_tokenizer": byte_level(regex=True)},
    "starcoder": {"pre_tokenizer": sequence(digits(True), byte_level(regex=True))},
    "falcon": {"pre_tokenizer": sequence(
        simple("Punctuation", behavior="Contiguous"), byte_level(regex=True), digits(False), split("[0-9][0-9][0-9]"))},
    "llama3": {"pre_tokenizer": sequence(split(LLAMA3), byte_level()), "model": {"ignore_merges": True},
               "post_processor": sequence(byte_level(prefix=True, regex=True), template([("<|begin|>", -2)]), name="processors")},
    "qwen2": {"normalizer": simple("NFC"), "pre_tokenizer": sequence(split(QWEN2), byte_level())},
    "qwen35": {"normalizer": simple("NFC"), "pre_tokenizer": sequence(split(QWEN35), byte_level())},
    "cl100k": {"pre_tokenizer": sequence(split(CL100K, behavior="Removed", invert=True), byte_level())},
    "o200k": {"pre_tokenizer": sequence(split(O200K), byte_level()), "post_processor": template([("<|begin|>", -2)], [("<|end|>", -1)])},
    "tekken": {"pre_tokenizer": sequence(split(TEKKEN), byte_level()), "model": {"ignore_merges": True}},
    "kimi": {"pre_tokenizer": sequence(split(KIMI), byte_level())},
    "deepseek3": {"normalizer": {"type": "Sequence", "normalizers": []}, "pre_tokenizer": sequence(
        split(r"\p{N}{1,3}"), split(KANA), split(DEEPSEEK), byte_level())},
    "deepseek": {"pre_tokenizer": sequence(
        split(r"[\r\n]"), *(split(part) for part in DEEPSEEK_LLM), digits(True), byte_level())},
    "bloom": {"pre_tokenizer": sequence(split(" ?[^(\\s|[.,!?…。，、।۔،])]+"), byte_level())},
    "exaone": {"normalizer": simple("NFC"), "pre_tokenizer": sequence(split(EXAONE), byte_level())},
    "aya": {"pre_tokenizer": sequence(split(r"\d{1,3}(?=(?:\d{3})*\b)"), split(O200K), byte_level())},
    "superbpe": {"pre_tokenizer": sequence(split(r"\p{N}+"), split(r"(?=(\d{3})+(?!\d))"), byte_level())},
    "behaviours": {"pre_tokenizer": sequence(
        split(r"[.!?]+\s*", behavior="MergedWithPrevious"), split(r"[A-Z]", behavior="MergedWithNext"),
        split(r"\d", behavior="Contiguous"), split("  ", behavior="MergedWithNext", string=True), split(r"\w+?\b|'", invert=True),
        byte_level())},
    "alphabet": {"normalizer": {"type": "Sequence", "normalizers": [simple("NFKC"), simple("ByteLevel")]}, "pre_tokenizer": split(r"Ġ?\w+")},
}


def write(name, document, encode):
    path = HERE / f"{name}.json"
    path.write_text(json.dumps(document | hashes(encode), ensure_ascii=False, separators=(",", ":")) + "\n")
    print(path.stat().st_size, name)


def base():
    """Merges that cross every boundary that an expression may draw."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(r".{1,24}|\n+"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(
        vocab_size=900, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), min_frequency=2)
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return {"vocab": model["vocab"], "merges": [" ".join(merge) for merge in model["merges"]]}


def byte_level_document(name, shared):
    settings = json.loads(json.dumps(BYTE_LEVEL[name]))
    count = len(shared["vocab"])
    marks = added(count, normalized=name != "alphabet")
    processor = settings.get("post_processor")
    ids = {mark["content"]: mark["id"] for mark in marks}

    def resolve(value):
        if isinstance(value, list):
            if len(value) == 2 and isinstance(value[1], int) and value[1] < 0:
                return [value[0], ids[value[0]]]
            return [resolve(item) for item in value]
        if isinstance(value, dict):
            if "ids" in value and "tokens" in value:
                return value | {"ids": [ids[token] for token in value["tokens"]]}
            return {key: resolve(item) for key, item in value.items()}
        return value
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
             "fuse_unk": False, "byte_fallback": False, "ignore_merges": False} | settings.get("model", {})
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": marks, "normalizer": settings.get("normalizer"),
            "pre_tokenizer": settings["pre_tokenizer"], "post_processor": resolve(processor), "decoder": byte_level(prefix=True, regex=True),
            "model": model}


# --- other kinds of tokenizer.json -------------------------------------------------------------------------------------

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
RULES = """0041 030A\t00C5
FB01\t0066 0069
2160\t0049
00BD\t0031 2044 0032
200B\t
FEFF\t
3000\t0020
00A0\t0020
0009\t0020
000A\t0020
000D\t0020
0065 0301\t00E9
0061 0301\t00E1
0301\t
2026\t002E 002E 002E
FF71\t30A2
338F\t006B 0067
2122\t0054 004D
FDFA\t0635 0644 0649 0020 0627 0644 0644 0647
"""


def spm(model_type, **options):
    """A SentencePiece model trained on the sentences."""
    import sentencepiece
    output = io.BytesIO()
    settings = {"vocab_size": 900 if options.get("byte_fallback") else 640, "character_coverage": 0.98, "model_type": model_type, "num_threads": 1, "minloglevel": 2,
                "hard_vocab_limit": False, "self_test_sample_size": 0} | options
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([sentence.replace("\n", " ") for sentence in SENTENCES * 3]), model_writer=output, **settings)
    return output.getvalue()


def rules_file():
    path = pathlib.Path("/tmp/assay-rules.tsv")
    path.write_text(RULES)
    return str(path)


def proto(data):
    from sentencepiece import sentencepiece_model_pb2 as schema
    model = schema.ModelProto()
    model.ParseFromString(data)
    return model


def llama_model():
    model = proto(spm("bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True))
    pieces = [piece.piece for piece in model.pieces]
    known = {piece.piece: index for index, piece in enumerate(model.pieces) if piece.type in (1, 4)}
    merges = []
    for piece, index in known.items():
        local = [(piece[:cut], piece[cut:]) for cut in range(1, len(piece)) if piece[:cut] in known and piece[cut:] in known]
        local.sort(key=lambda pair: (known[pair[0]], known[pair[1]]))
        merges += [(index, pair) for pair in local]
    merges = [pair for _, pair in sorted(merges, key=lambda entry: entry[0])]
    return {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
            "vocab": {piece: index for index, piece in enumerate(pieces)}, "merges": [list(pair) for pair in merges]}


def unigram_model(data, byte_fallback=False):
    model = proto(data)
    return {"type": "Unigram", "unk_id": next(i for i, piece in enumerate(model.pieces) if piece.type == 2),
            "vocab": [[piece.piece, piece.score] for piece in model.pieces], "byte_fallback": byte_fallback}, model


def marks_of(pieces, count=None):
    default = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": pieces[name], "content": name} | default for name in ("<unk>", "<s>", "</s>") if name in pieces]


def trained(model, trainer, normalizer=None, pre_tokenizer=None):
    tokenizer = Tokenizer(model)
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    return json.loads(tokenizer.to_str())["model"]


def whole_documents():
    replace = lambda old, new, kind="String": simple("Replace", pattern={kind: old}, content=new)
    metaspace = lambda scheme, split=True: simple("Metaspace", replacement="▁", prepend_scheme=scheme, split=split)
    llama = llama_model()
    count = len(llama["vocab"])
    marks = marks_of(llama["vocab"]) + [mark for mark in added(count) if mark["content"] not in ("as",)]
    chain = [replace("▁", " "), simple("ByteFallback"), simple("Fuse")]
    begin = ("<s>", llama["vocab"]["<s>"])
    yield "llama2", {
        "added_tokens": marks, "normalizer": sequence(simple("Prepend", prepend="▁"), replace(" ", "▁"), name="normalizers"),
        "pre_tokenizer": None, "post_processor": template([begin]),
        "decoder": sequence(*chain, simple("Strip", content=" ", start=1, stop=0), name="decoders"), "model": llama}
    yield "mistral", {
        "added_tokens": marks_of(llama["vocab"]), "normalizer": None, "pre_tokenizer": metaspace("first", split=False),
        "post_processor": template([begin]),
        "decoder": sequence(*chain, simple("Strip", content=" ", start=1, stop=0), name="decoders"), "model": llama}
    yield "gemma", {
        "added_tokens": marks_of(llama["vocab"]), "normalizer": replace(" ", "▁"),
        "pre_tokenizer": split(" ", behavior="MergedWithPrevious", string=True), "post_processor": template([begin]),
        "decoder": sequence(*chain, name="decoders"), "model": llama}
    unknowns = dict(llama, byte_fallback=False, fuse_unk=False, unk_token="<unk>")
    yield "unknowns", {
        "added_tokens": marks_of(llama["vocab"]), "normalizer": sequence(simple("NFKD"), simple("Nmt"), name="normalizers"),
        "pre_tokenizer": metaspace("always"), "post_processor": None, "decoder": metaspace("always"), "model": unknowns}

    model, spec = unigram_model(spm("unigram", normalization_rule_tsv=rules_file()))
    charsmap = base64.b64encode(spec.normalizer_spec.precompiled_charsmap).decode()
    pieces = {piece: index for index, (piece, _) in enumerate(model["vocab"])}
    end = ("</s>", pieces["</s>"])
    yield "t5", {
        "added_tokens": marks_of(pieces) + added(len(pieces)), "normalizer": simple("Precompiled", precompiled_charsmap=charsmap),
        "pre_tokenizer": metaspace("always"), "post_processor": template([], [end]), "decoder": metaspace("always"), "model": model}
    yield "xlm", {
        "added_tokens": marks_of(pieces),
        "normalizer": sequence(
            simple("Precompiled", precompiled_charsmap=charsmap), simple("Strip", strip_left=False, strip_right=True),
            replace(" {2,}", "▁", "Regex"), name="normalizers"),
        "pre_tokenizer": metaspace("first"), "post_processor": template([("<s>", pieces["<s>"])], [end]),
        "decoder": metaspace("first"), "model": model}
    yield "xlnet", {
        "added_tokens": marks_of(pieces),
        "normalizer": sequence(
            replace("``", '"'), replace("''", '"'), simple("NFKD"), simple("StripAccents"), simple("Lowercase"),
            replace(" {2,}", " ", "Regex"), name="normalizers"),
        "pre_tokenizer": sequence(simple("WhitespaceSplit"), metaspace("always")), "post_processor": template([], [end]),
        "decoder": metaspace("always"), "model": model}
    bytes_model, _ = unigram_model(spm("unigram", byte_fallback=True, normalization_rule_name="identity"), True)
    byte_pieces = {piece: index for index, (piece, _) in enumerate(bytes_model["vocab"])}
    yield "unigram-bytes", {
        "added_tokens": marks_of(byte_pieces), "normalizer": sequence(simple("NFD"), name="normalizers"),
        "pre_tokenizer": metaspace("never", split=False), "post_processor": None,
        "decoder": sequence(simple("ByteFallback"), metaspace("never"), name="decoders"), "model": bytes_model}

    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    bert_marks = [{"id": index, "content": name} | flags for index, name in enumerate(names)]
    for name, lower, strip in (("bert-uncased", True, None), ("bert-cased", False, False)):
        word_piece = trained(
            models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=700, special_tokens=names, show_progress=False),
            normalizers.BertNormalizer(lowercase=lower), pre_tokenizers.BertPreTokenizer())
        yield name, {
            "added_tokens": bert_marks, "normalizer": simple(
                "BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=strip, lowercase=lower),
            "pre_tokenizer": simple("BertPreTokenizer"),
            "post_processor": template([("[CLS]", 2)], [("[SEP]", 3)]) if lower else simple(
                "BertProcessing", sep=["[SEP]", 3], cls=["[CLS]", 2]),
            "decoder": simple("WordPiece", prefix="##", cleanup=lower), "model": word_piece}
    words = trained(
        models.WordLevel(unk_token="[UNK]"), trainers.WordLevelTrainer(vocab_size=300, special_tokens=names, show_progress=False))
    yield "words", {
        "added_tokens": bert_marks, "normalizer": simple("Strip", strip_left=True, strip_right=True), "pre_tokenizer": simple("Whitespace"),
        "post_processor": None, "decoder": None, "model": words}
    affixed = trained(
        models.BPE(unk_token="[UNK]", end_of_word_suffix="</w>", continuing_subword_prefix="@@"),
        trainers.BpeTrainer(
            vocab_size=600, special_tokens=names, end_of_word_suffix="</w>", continuing_subword_prefix="@@", show_progress=False),
        normalizers.Lowercase(), pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation()]))
    yield "affixes", {
        "added_tokens": bert_marks, "normalizer": simple("Lowercase"),
        "pre_tokenizer": sequence(simple("Whitespace"), simple("Punctuation", behavior="Isolated"), simple("FixedLength", length=7)),
        "post_processor": None, "decoder": simple("BPEDecoder", suffix="</w>"), "model": affixed}


# --- SentencePiece -----------------------------------------------------------------------------------------------------

SPM = {
    "spm-bpe": lambda: spm("bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
                           split_digits=True, user_defined_symbols=["<sep>", "  ", "日本", "assay"]),
    "spm-bpe-rules": lambda: spm("bpe", normalization_rule_tsv=rules_file()),
    "spm-unigram": lambda: spm("unigram", normalization_rule_tsv=rules_file(), control_symbols=["<mask>"],
                               user_defined_symbols=["<sep>", "assay", "\u0301"]),
    "spm-unigram-bytes": lambda: spm("unigram", byte_fallback=True, add_dummy_prefix=False, normalization_rule_name="identity",
                                     treat_whitespace_as_suffix=True, remove_extra_whitespaces=False),
    "spm-bpe-suffix": lambda: spm("bpe", normalization_rule_name="identity", treat_whitespace_as_suffix=True),
}


def by_sentencepiece(data):
    import sentencepiece
    processor = sentencepiece.SentencePieceProcessor(model_proto=data)

    def encode(number, value):
        ids = processor.encode(value)
        return ids, processor.decode(ids)
    return encode


# --- GGUF --------------------------------------------------------------------------------------------------------------

class LlamaCpp:
    """llama.cpp's vocabulary alone, from the extension module of xllamacpp."""

    def __init__(self, path):
        import xllamacpp
        folder = pathlib.Path(xllamacpp.__file__).parent
        library = ctypes.CDLL(str(next(folder.glob("xllamacpp*.so"))))

        class Parameters(ctypes.Structure):
            # Larger than llama_model_params, whose layout changes; it is handed on as it was given.
            _fields_ = [("bytes", ctypes.c_ubyte * 256)]
        quiet = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(lambda *_: None)
        self.keep = (library, quiet)
        library.llama_log_set(quiet, None)
        library.llama_model_default_params.restype = Parameters
        library.llama_model_load_from_file.argtypes = [ctypes.c_char_p, Parameters]
        library.llama_model_load_from_file.restype = ctypes.c_void_p
        library.llama_model_get_vocab.argtypes = [ctypes.c_void_p]
        library.llama_model_get_vocab.restype = ctypes.c_void_p
        library.llama_tokenize.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.c_bool, ctypes.c_bool]
        library.llama_detokenize.argtypes = [
            ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.c_bool, ctypes.c_bool]
        parameters = library.llama_model_default_params()
        self.library = library
        parameters.bytes[VOCAB_ONLY] = 1
        self.model = library.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise SystemExit(f"llama.cpp does not load {path}")
        self.vocabulary = library.llama_model_get_vocab(self.model)

    def encode(self, value, parse_special):
        data = value.encode()
        buffer = (ctypes.c_int32 * (len(data) * 2 + 16))()
        count = self.library.llama_tokenize(self.vocabulary, data, len(data), buffer, len(buffer), True, parse_special)
        return list(buffer[:count])

    def decode(self, ids):
        tokens = (ctypes.c_int32 * len(ids))(*ids)
        buffer = ctypes.create_string_buffer(64 * len(ids) + 64)
        count = self.library.llama_detokenize(self.vocabulary, tokens, len(ids), buffer, len(buffer), False, True)
        return buffer.raw[:count].decode(errors="replace")


# Where the flag `vocab_only` lies in llama_model_params.
VOCAB_ONLY = 72


def write_gguf(name, kind, pieces, scores, types, charsmap=None, **flags):
    import gguf
    path = HERE / f"{name}.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model(kind)
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    if scores is not None:
        writer.add_token_scores(scores)
    writer.add_token_types(types)
    if charsmap is not None:
        writer.add_precompiled_charsmap(charsmap)
    for key, value in flags.items():
        getattr(writer, "add_" + key)(value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def gguf_files():
    model = proto(SPM["spm-bpe"]())
    pieces, scores = [piece.piece for piece in model.pieces], [piece.score for piece in model.pieces]
    types = [piece.type for piece in model.pieces]
    yield "gguf-llama", write_gguf("gguf-llama", "llama", pieces, scores, types, bos_token_id=1, eos_token_id=2, unk_token_id=0)
    yield "gguf-llama-bare", write_gguf(
        "gguf-llama-bare", "llama", pieces, scores, types, bos_token_id=1, eos_token_id=2, unk_token_id=0, add_space_prefix=False,
        add_bos_token=False, add_eos_token=True)
    model = proto(SPM["spm-unigram"]())
    pieces, scores = [piece.piece for piece in model.pieces], [piece.score for piece in model.pieces]
    yield "gguf-t5", write_gguf(
        "gguf-t5", "t5", pieces, scores, [piece.type for piece in model.pieces], model.normalizer_spec.precompiled_charsmap,
        eos_token_id=2, unk_token_id=0, add_space_prefix=True, remove_extra_whitespaces=True)
    bert = json.loads((HERE / "bert-uncased.json").read_text())["model"]["vocab"]
    tokens = sorted(bert, key=bert.get)
    spelled = [token[2:] if token.startswith("##") else token if token.startswith("[") and token.endswith("]") and len(token) > 2 else "▁" + token for token in tokens]
    yield "gguf-bert", write_gguf(
        "gguf-bert", "bert", spelled, None, [3 if index < 5 else 1 for index in range(len(spelled))], bos_token_id=2, sep_token_id=3,
        unk_token_id=1, pad_token_id=0, mask_token_id=4)


def by_llama_cpp(path):
    model = LlamaCpp(path)
    decodes = "bert" not in path.name

    def encode(number, value):
        ids = model.encode(value.replace("\0", ""), number % 4 != 3)
        return ids, model.decode(ids) if decodes else ""
    return encode


# -----------------------------------------------------------------------------------------------------------------------

def characters():
    """Every character, between letters: a hash for each plane."""
    bert = lambda **flags: simple("BertNormalizer", **({
        "clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False} | flags))
    by_text = [simple(name) for name in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt")]
    by_text += [bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True), bert(lowercase=True)]
    by_count = [simple("Punctuation", behavior="Isolated"), simple("Whitespace"), simple("WhitespaceSplit"), simple("BertPreTokenizer"), digits(True)]
    by_count += [split(expression) for expression in (
        r"\s", r"\w", r"\d", r"\p{L}", r"\p{M}", r"\p{N}", r"\p{P}", r"\p{S}", r"\p{Z}", r"\p{C}", r"\p{Lu}", r"\p{Ll}", r"\p{Lt}", r"\p{Lm}",
        r"\p{Lo}", r"\p{Mn}", r"\p{Nd}", r"\p{Po}", r"\p{Sm}", r"\p{Cn}", r"\p{Cf}", r"\p{Han}", r"\p{Hiragana}", r"\p{Katakana}", r"\p{Hangul}",
        r"\p{Thai}", "(?i:[a-z])", r"[^\s\p{L}\p{N}]", r"[\p{L}&&[^\p{Han}]]")]

    def stretches():
        for start in range(0, 0x110000, 1 << 16):
            block = [value for value in range(start, start + (1 << 16)) if not 0xD800 <= value < 0xE000]
            yield ["".join(chr(value) + "x" for value in block[index:index + 64]) for index in range(0, len(block), 64)]
    result = []
    for settings in by_text:
        normalizer = Tokenizer.from_str(json.dumps(
            {"version": "1.0", "normalizer": settings, "model": {"type": "BPE", "vocab": {}, "merges": []}})).normalizer
        digests = [fnv1a("".join(map(normalizer.normalize_str, block)).encode(), 0xCBF29CE484222325) for block in stretches()]
        result.append({"normalizer": settings, "hashes": "".join(f"{digest:016x}" for digest in digests)})
    for settings in by_count:
        cutter = Tokenizer.from_str(json.dumps(
            {"version": "1.0", "pre_tokenizer": settings, "model": {"type": "BPE", "vocab": {}, "merges": []}})).pre_tokenizer
        digests = [fnv1a(bytes(len(cutter.pre_tokenize_str(text)) for text in block), 0xCBF29CE484222325) for block in stretches()]
        result.append({"pre_tokenizer": settings, "hashes": "".join(f"{digest:016x}" for digest in digests)})
    (HERE / "characters.json").write_text("[" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in result) + "]\n")


VOCABULARY_OF = {"mistral": "llama2", "gemma": "llama2", "unknowns": "llama2", "xlm": "t5", "xlnet": "t5"}


def every():
    """(name, document without hashes, how the reference encodes), made only when asked for."""
    shared = json.loads((HERE / "base.json").read_text())
    for name in BYTE_LEVEL:
        def make(name=name):
            document = byte_level_document(name, shared)
            whole = json.loads(json.dumps(document))
            whole["model"] |= shared
            document["vocabularyOf"] = "base"
            return document, by_tokenizers(Tokenizer.from_str(json.dumps(whole)))
        yield name, make
    for name in ("llama2", "mistral", "gemma", "unknowns", "t5", "xlm", "xlnet", "unigram-bytes", "bert-uncased", "bert-cased", "words", "affixes"):
        def make(name=name):
            document = {"version": "1.0", "truncation": None, "padding": None} | dict(whole_documents())[name]
            tokenizer = Tokenizer.from_str(json.dumps(document))
            if name in VOCABULARY_OF:
                document["vocabularyOf"] = VOCABULARY_OF[name]
                document["model"] = {key: value for key, value in document["model"].items() if key not in ("vocab", "merges")}
            return document, by_tokenizers(tokenizer)
        yield name, make
    for name in SPM:
        def make(name=name):
            path = HERE / f"{name}.model"
            path.write_bytes(SPM[name]())
            return {}, by_sentencepiece(path.read_bytes())
        yield name, make
    for name in ("gguf-llama", "gguf-llama-bare", "gguf-t5", "gguf-bert"):
        def make(name=name):
            return {}, by_llama_cpp(dict(gguf_files())[name])
        yield name, make


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--show", nargs=2, metavar=("NAME", "CHUNK"))
    arguments = parser.parse_args()
    HERE.mkdir(exist_ok=True)
    if arguments.show:
        _, encode = dict(every())[arguments.show[0]]()
        for number in range(int(arguments.show[1]) * CHUNK, (int(arguments.show[1]) + 1) * CHUNK):
            print(line(number, *encode(number, texts()[number])))
        return
    (HERE / "texts.json").write_text(json.dumps(
        {"words": WORDS, "spaces": SPACES, "marks": MARKS, "special": SPECIAL}, ensure_ascii=True, indent=0) + "\n")
    if not arguments.names or not (HERE / "base.json").exists():
        (HERE / "base.json").write_text(json.dumps(base(), ensure_ascii=False, separators=(",", ":")) + "\n")
    if not arguments.names or "characters" in arguments.names:
        characters()
    for name, make in every():
        if not arguments.names or name in arguments.names:
            document, encode = make()
            write(name, document, encode)


main()
