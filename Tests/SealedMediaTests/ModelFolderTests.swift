import Foundation
import SealedMedia
import Testing

/// A model's folder as Hugging Face lays it out.
@Suite struct ModelFolderTests {
    static let hub = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "ModelSigningTests/Fixtures/hub")

    private let bench: Bench

    init() throws {
        bench = try Bench()
        try FileManager.default.copyItem(at: Self.hub, to: bench.folder.appending(path: "hub"))
    }

    private func folder(besides named: [String] = []) throws -> ModelFolder {
        try ModelFolder(bench.path("hub"), besides: named.map(bench.path))
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: bench.path(name), withDestinationPath: target)
    }

    @Test("Every file is taken under its path, weights by their names, but not what begins with a dot") func kinds() throws {
        for name in [".gitattributes", ".git/config", ".cache/huggingface/download/x.metadata", "tokenizer/.DS_Store"] { try bench.write([1], "hub/" + name) }
        try bench.write([2], "hub/model.sig")
        try bench.write([2], "hub/tokenizer/model.sig")
        try bench.write(Bench.gguf(), "hub/original/whole.gguf")
        try link("hub/.lost", to: "nowhere")
        let folder = try folder()
        #expect(folder.files.map { "\($0.kind.rawValue) \($0.path)" } == [
            "other README.md", "other config.json", "weights model-00001-of-00002.safetensors", "weights model-00002-of-00002.safetensors",
            "other model.safetensors.index.json", "model-signature model.sig", "weights original/whole.gguf", "other tokenizer/model.sig",
            "other tokenizer/tokenizer.json",
        ])
        #expect(folder.files.allSatisfy { $0.source == bench.path("hub") + "/" + $0.path })
        #expect(folder.skipped == [".cache/", ".git/", ".gitattributes", ".lost", "tokenizer/.DS_Store"])
        // What is sealed as something else is left out.
        let without = try self.folder(besides: ["hub/model.sig", "hub/tokenizer/tokenizer.json", "elsewhere"])
        #expect(folder.files.count - without.files.count == 2 && !without.files.contains { $0.path == "model.sig" || $0.path == "tokenizer/tokenizer.json" })
    }

    /// The download cache: a snapshot is a folder of links to blobs, which are named by digests.
    @Test("Links to files are followed") func cache() throws {
        let names = ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "tokenizer/tokenizer.json"]
        for name in names {
            try bench.write(bench.read("hub/" + name), "models--a--b/blobs/\(name.hashValue.magnitude)")
            let link = URL(filePath: bench.path("models--a--b/snapshots/0123/" + name))
            try FileManager.default.createDirectory(at: link.deletingLastPathComponent(), withIntermediateDirectories: true)
            let up = name.contains("/") ? "../../.." : "../.."
            try self.link("models--a--b/snapshots/0123/" + name, to: "\(up)/blobs/\(name.hashValue.magnitude)")
        }
        let folder = try ModelFolder(bench.path("models--a--b/snapshots/0123"))
        #expect(folder.files.map(\.path) == names && folder.files.count { $0.kind == .weights } == 2)
        let sealer = SubmissionSealer(
            declaration: try bench.declaration(weights: "hub/model-00001-of-00002.safetensors", family: "llama"), lab: "Test lab",
            recipients: [bench.keys.mediaRecipient], key: bench.lab)
        try sealer.seal(folder.files, into: bench.media)
        let files = try bench.receive().files
        #expect(files.count == names.count)
        for name in names { #expect(try files[name] == bench.read("hub/" + name)) }
    }

    @Test("What cannot be sealed is refused before anything is read", arguments: [
        ("pytorch_model.bin", MediaError.Code.pickle), ("original/Consolidated.00.PTH", .pickle), ("model (1).safetensors", .path),
        ("-x.json", .path), ("a b/c.json", .path), ("1/2/3/4/5/6/7/8/9.json", .path), ("1/2/3/4/5/6/7/8/9/10.json", .path),
    ]) func refusals(_ name: String, _ code: MediaError.Code) throws {
        try bench.write([1], "hub/" + name)
        let error = #expect(throws: MediaError.self) { try folder() }
        #expect(error?.code == code, "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test("Links elsewhere than to files, and what is no file, are refused") func links() throws {
        try link("hub/lost.json", to: "nowhere")
        #expect(throws: MediaError.self) { try folder() }
        try FileManager.default.removeItem(atPath: bench.path("hub/lost.json"))
        for target in ["tokenizer", ".", "/"] {
            try link("hub/linked", to: target)
            let error = #expect(throws: MediaError.self) { try folder() }
            #expect(error?.file == "linked" && error?.message.contains("link to a folder") == true)
            try FileManager.default.removeItem(atPath: bench.path("hub/linked"))
        }
        #expect(mkfifo(bench.path("hub/pipe"), 0o600) == 0)
        let error = #expect(throws: MediaError.self) { try folder() }
        #expect(error?.file == "pipe" && error?.code == .input)
        for name in ["nowhere", "hub/tokenizer", "hub/config.json"] {
            #expect(throws: MediaError.self) { try ModelFolder(bench.path(name)) }
        }
    }
}
