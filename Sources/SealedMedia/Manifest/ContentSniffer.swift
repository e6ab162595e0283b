/// Tells by a file's name and first bytes what must not come in: pickles, which run code when they are loaded.
struct ContentSniffer {
    /// How much of a file's front is looked at.
    static let prefixBytes = 4096

    private let file: String
    private let kind: MediaFileKind
    private var prefix: [UInt8] = []
    private var judged: Bool

    /// - Parameter judged: whether the file's front was looked at before.
    init(file: String, kind: MediaFileKind, judged: Bool = false) {
        self.file = file
        self.kind = kind
        self.judged = judged
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) throws(MediaError) {
        guard !judged else { return }
        prefix.append(contentsOf: bytes.prefix(Self.prefixBytes - prefix.count))
        if prefix.count == Self.prefixBytes { try finish() }
    }

    mutating func finish() throws(MediaError) {
        guard !judged else { return }
        judged = true
        let isGGUF = prefix.starts(with: Array("GGUF".utf8))
        // Asked before pickle: a safetensors header of 640 bytes starts with the same two bytes as a pickle.
        if isGGUF || isSafetensors { return }
        guard !looksPickled else {
            throw MediaError(.pickle, Self.refusal, file: file, offset: 0, advice: Self.advice)
        }
        guard kind != .weights else {
            throw MediaError(
                .weightsFormat, "neither GGUF nor safetensors", file: file, offset: 0,
                advice: "Export the weights as one of these, or name the file as what it is.")
        }
    }

    /// Eight bytes of header length, then the header's opening brace.
    private var isSafetensors: Bool {
        guard prefix.count > 8, prefix[8] == UInt8(ascii: "{") else { return false }
        let length = prefix[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length <= 100_000_000
    }

    static let refusal = "a pickle or PyTorch archive, which can run code when it is loaded"
    static let advice = "Export the weights as safetensors or GGUF and seal those."
    private static let extensions = ["pickle", "pkl", "pt", "pth", "ckpt", "bin", "joblib", "dill"]

    /// Whether files of this name are refused, whatever they hold.
    static func refuses(name: String) -> Bool {
        let name = String(decoding: MediaPath.folded(name), as: UTF8.self)
        return extensions.contains { name.hasSuffix(".\($0)") }
    }

    private var looksPickled: Bool {
        if Self.refuses(name: file) { return true }
        // Protocols 2 to 5 open with PROTO and their number.
        if prefix.count >= 2, prefix[0] == 0x80, (2...5).contains(prefix[1]) { return true }
        let isZip = prefix.starts(with: [0x50, 0x4b, 0x03, 0x04]) || prefix.starts(with: [0x50, 0x4b, 0x05, 0x06])
        if isZip { return kind == .weights || contains(Array(".pkl".utf8)) }
        return false
    }

    private func contains(_ needle: [UInt8]) -> Bool {
        guard prefix.count >= needle.count else { return false }
        return (0...(prefix.count - needle.count)).contains { prefix[$0...].starts(with: needle) }
    }
}
