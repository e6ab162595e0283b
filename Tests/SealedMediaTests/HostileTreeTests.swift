import Foundation
import SealedMedia
import Testing

/// Hostile folders: what is in them, and what it is called.
extension HostileMediaTests {
    @Test func aHundredThousandFiles() throws {
        try seal()
        try files.createDirectory(atPath: at("segments/more"), withIntermediateDirectories: true)
        for number in 0..<100_000 {
            let descriptor = open(at("segments/more/\(number)"), O_WRONLY | O_CREAT | O_EXCL, 0o600)
            try #require(descriptor >= 0)
            close(descriptor)
        }
        expect(.undeclaredFile, file: "segments/more/0")
        #expect(bench.refusal()?.message.contains("(and 99999 more)") == true)
        #expect(code { _ = try tolerated() } == .undeclaredFile)
    }

    @Test func deepFolders() throws {
        try seal()
        try files.createDirectory(atPath: at("1/2/3/4/5/6/7/8"), withIntermediateDirectories: true)
        expect(nil)
        // Far deeper than the longest name that the system takes.
        var folder = open(at("1/2/3/4/5/6/7/8"), O_RDONLY | O_DIRECTORY)
        for _ in 0..<3000 {
            try #require(mkdirat(folder, "d", 0o700) == 0)
            let next = openat(folder, "d", O_RDONLY | O_DIRECTORY)
            close(folder)
            folder = next
        }
        close(folder)
        expect(.path, file: "1/2/3/4/5/6/7/8/d")
        #expect(system("rm -r '\(at("1"))'") == 0)
    }

    /// Names as no medium of ours has them: refused in words that do nothing to a terminal.
    @Test(arguments: [
        [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], Array("a\nb".utf8), Array("\u{1b}[2Jb".utf8), Array("a\u{202e}b".utf8),
        Array("e\u{301}.bin".utf8), Array("\u{e9}.bin".utf8), [UInt8](repeating: 0x6e, count: 129), [UInt8](repeating: 0x6e, count: 255),
        Array("trailing ".utf8), Array(" leading".utf8), Array("-rf".utf8), Array("...".utf8), Array("..a".utf8), Array("a\\b".utf8), Array("a:b".utf8),
        Array("$(reboot)".utf8), Array("a;b".utf8), [0x7f], [1], Array("\u{ff0e}\u{ff0e}".utf8), Array("\u{200d}".utf8), Array("\u{212a}".utf8),
    ] as [[UInt8]])
    func strangeNames(name: [UInt8]) throws {
        try seal()
        for isFolder in [false, true] {
            for folder in ["", "segments/"] {
                let path = Array(at(folder).utf8) + name + [0]
                let made = path.withUnsafeBytes { bytes in
                    let path = bytes.assumingMemoryBound(to: CChar.self).baseAddress!
                    return isFolder ? mkdir(path, 0o700) : open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
                }
                try #require(made >= 0)
                if !isFolder { close(made) }
                expect(.path)
                let error = bench.refusal()
                #expect(error?.description.unicodeScalars.allSatisfy { (32...126).contains($0.value) } == true)
                #expect(error?.file?.hasPrefix(folder) == true && error?.file?.isEmpty == false)
                #expect(code { _ = try tolerated() } == .path)
                path.withUnsafeBytes { _ = remove($0.assumingMemoryBound(to: CChar.self).baseAddress!) }
            }
        }
        // The same as a claim, where JSON can say it.
        guard let text = String(validating: name, as: UTF8.self),
            let quoted = try? String(decoding: JSONEncoder().encode(text), as: UTF8.self).dropFirst().dropLast()
        else { return }
        try bench.resign(bench.statement().replacing(segment, with: "segments/\(quoted)"))
        expect(.path, file: SubmissionManifest.fileName)
        // What is quoted of it are letters, maybe, but nothing that steers.
        #expect(bench.refusal()?.description.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 && !$0.properties.isBidiControl } == true)
    }

    /// Names that are strange elsewhere are names here; they are not declared.
    @Test(arguments: ["trailing.", "CON", "nul.txt", "a..b", String(repeating: "n", count: 128)])
    func plainNames(name: String) throws {
        try seal()
        try bench.write([], "media/" + name)
        expect(.undeclaredFile, file: name)
    }

    @Test(arguments: [
        "segments/000000.ZST.age", "Segments", "MANIFEST.dsse.json", "Manifest.DSSE.json", "repair/MANIFEST.dsse.json", "REPAIR",
        "repair/00000.RS",
    ])
    func caseCollisions(name: String) throws {
        try seal()
        try bench.write([1], "media/" + name)
        expect(.duplicate)
        #expect(bench.refusal()?.file?.lowercased() == name.lowercased())
        try files.removeItem(atPath: at(name))
        try files.createDirectory(atPath: at(name), withIntermediateDirectories: false)
        expect(.duplicate)
        try files.removeItem(atPath: at(name))
        expect(nil)
        guard name.contains(".") else { return }
        // The same as a claim of a segment's.
        try bench.resign(bench.statement().replacing("segments/000001.zst.age", with: name))
        expect(.duplicate)
        #expect(bench.refusal()?.file?.lowercased() == name.lowercased())
    }

    /// A path that would need a file to be a folder.
    @Test(arguments: ["segments", "segments/000000.zst.age/x", "manifest.dsse.json/x"])
    func namesBelowFiles(name: String) throws {
        try seal()
        try bench.resign(bench.statement().replacing("segments/000001.zst.age", with: name))
        expect(.missingFile, file: name)
    }

    // MARK: - Links

    @Test(arguments: ["segments/000000.zst.age", "segments", "manifest.dsse.json", "repair/00000.rs", "repair", "repair/manifest.dsse.json"])
    func linksInEveryPlace(name: String) throws {
        try seal()
        try files.moveItem(atPath: at(name), toPath: bench.path("elsewhere"))
        for target in [bench.path("elsewhere"), "../elsewhere", "../../elsewhere", "nowhere", "/dev/zero", "/proc/self/mem", at(name), ".", "/"] {
            try files.createSymbolicLink(atPath: at(name), withDestinationPath: target)
            expect(.symlink, file: name)
            #expect(code { _ = try tolerated() } == .symlink)
            try files.removeItem(atPath: at(name))
        }
        // And beside all that was sealed.
        try files.moveItem(atPath: bench.path("elsewhere"), toPath: at(name))
        try files.createSymbolicLink(atPath: at("more"), withDestinationPath: "nowhere")
        expect(.symlink, file: "more")
    }

    @Test func aMediumThatIsALink() throws {
        try seal()
        for (name, target) in [("to-medium", bench.media), ("dangling", "nowhere"), ("itself", "itself")] {
            try files.createSymbolicLink(atPath: bench.path(name), withDestinationPath: target)
            for path in [bench.path(name), bench.path(name) + "/"] {
                #expect(code { _ = try VerifiedSubmission(at: path, labKeys: [bench.lab.publicKey]) } == .symlink)
            }
        }
    }

    /// The same bytes by whatever name.
    @Test func hardLinks() throws {
        try seal()
        for name in [segment, SubmissionManifest.fileName, piece] { try files.linkItem(atPath: at(name), toPath: bench.path("other-\(name.count)")) }
        expect(nil)
        #expect(try tolerated().isEmpty)
    }

    // MARK: - What is no file

    enum Node: String, CaseIterable { case fifo, socket, character, noDriver, block, folder }

    /// False where whoever runs this may not make it.
    func make(_ node: Node, _ path: String) -> Bool {
        func device(_ mode: mode_t, _ major: UInt64, _ minor: UInt64) -> Bool { mknod(path, mode | 0o600, dev_t(major << 8 | minor)) == 0 }
        switch node {
        case .fifo: return mkfifo(path, 0o600) == 0
        case .character: return device(S_IFCHR, 1, 5)
        case .noDriver: return device(S_IFCHR, 250, 77)
        case .block: return device(S_IFBLK, 7, 99)
        case .folder: return mkdir(path, 0o700) == 0
        case .socket:
            let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            return withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) } == 0
            }
        }
    }

    static var makesDevices: Bool {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("device-\(UUID().uuidString)").path
        defer { unlink(path) }
        return mknod(path, S_IFCHR | 0o600, dev_t(1 << 8 | 5)) == 0
    }

    @Test(arguments: [Node.fifo, .socket, .folder], ["segments/000000.zst.age", "manifest.dsse.json", "repair/00000.rs", "repair/manifest.dsse.json"])
    func nodes(node: Node, name: String) throws { try check(node, name) }

    @Test(
        .enabled(if: makesDevices, "making device nodes takes a right that this user lacks"),
        arguments: [Node.character, .noDriver, .block], ["segments/000000.zst.age", "manifest.dsse.json", "repair/00000.rs", "repair/manifest.dsse.json"])
    func devices(node: Node, name: String) throws { try check(node, name) }

    private func check(_ node: Node, _ name: String) throws {
        try seal()
        let submission = try bench.open()
        try files.removeItem(atPath: at(name))
        try #require(make(node, at(name)))
        guard node == .folder else {
            expect(.notRegular, file: name)
            #expect(code { _ = try tolerated() } == .notRegular)
            // As a reader meets it that had listed the medium before.
            #expect(code { _ = try submission.directory.openFile(name) } == .notRegular)
            try files.removeItem(atPath: at(name))
            #expect(make(node, at("more")))
            if name == SubmissionManifest.fileName { expect(.manifestMissing) } else { expect(.notRegular, file: "more") }
            return
        }
        switch name {
        case SubmissionManifest.fileName: expect(.notRegular, file: name)
        case copy: expect(nil)
        default: expect(.missingFile, file: name)
        }
        #expect(try tolerated().map(\.error.file) == [name])
    }

    @Test(arguments: Node.allCases)
    func aMediumThatIsNone(node: Node) throws {
        guard make(node, bench.media) else { return }
        expect(node == .folder ? .manifestMissing : .notADirectory, file: bench.media)
    }

    // MARK: - Holes

    @Test(arguments: [1 << 30, 1 << 40, 1 << 43])
    func sparseFiles(size: Int) throws {
        try seal()
        func isVast(_ name: String) -> Bool { truncate(at(name), off_t(size)) == 0 }
        // A file system may have a limit of its own.
        guard isVast(segment) else { return }
        expect(.segmentOversized, file: segment)
        #expect(try tolerated().map(\.error.code) == [.segmentOversized])
        #expect(isVast(piece) && isVast(copy))
        #expect(try tolerated().map(\.error.code) == [.segmentOversized, .segmentOversized, .manifestTooLarge])
        #expect(isVast(SubmissionManifest.fileName))
        expect(.manifestTooLarge, file: SubmissionManifest.fileName)
        #expect(code { _ = try tolerated() } == .manifestTooLarge)
    }

    /// The size that was signed, and nothing in it; a manifest of zeros that is as long as can be.
    @Test func holes() throws {
        try seal()
        for name in [segment, piece] {
            let size = try bench.read("media/" + name).count
            #expect(truncate(at(name), 0) == 0 && truncate(at(name), off_t(size)) == 0)
        }
        expect(.segmentDigest, file: segment)
        #expect(try tolerated().map(\.error.code) == [.segmentDigest, .segmentDigest])
        #expect(truncate(bench.manifestURL.path, 0) == 0 && truncate(bench.manifestURL.path, off_t(SubmissionManifest.maximumBytes)) == 0)
        expect(.manifestMalformed, file: SubmissionManifest.fileName)
    }

    @Test(.enabled(if: geteuid() != 0, "a superuser may read everything"), arguments: ["segments/000000.zst.age", "segments", "manifest.dsse.json", ""])
    func unreadable(name: String) throws {
        try seal()
        #expect(chmod(at(name), 0) == 0)
        expect(.unreadable)
        #expect(chmod(at(name), 0o700) == 0)
    }
}
