/// A file on a medium, as a statement names it.
package struct StatedPart {
    package var path: String
    package var size: Int64
    /// SHA-256, in lower-case hexadecimal digits.
    package var digest: String

    package init(path: String, size: Int64, digest: String) { (self.path, self.size, self.digest) = (path, size, digest) }
}

/// A statement that a lab could sign (`Runbooks/sealed-media-format.md`), written here from whatever is claimed: weights of all segments
/// but the last, a text of that one if there are two, and an empty file.
///
/// - Parameter volumes: parts are dealt out to so many in turn.
package func submissionStatement(segments: [StatedPart], pieces: [StatedPart] = [], groups: Int64 = 1, volumes: Int? = nil) -> String {
    var number = 0
    func members(_ part: StatedPart) -> String {
        defer { number += 1 }
        let volume = volumes.map { #","volume":\#(number % $0 + 1)"# } ?? ""
        return #""path":"\#(part.path)","sealedSha256":"\#(part.digest)","sealedSize":\#(part.size)\#(volume)"#
    }
    let plain = 100
    func file(_ path: String, _ kind: String, _ segments: ArraySlice<StatedPart>) -> String {
        let listed = segments.enumerated().map { index, part in
            #"{"compression":"zstd","plainOffset":\#(plain * index),"plainSize":\#(plain),"transform":"none",\#(members(part))}"#
        }
        return #"{"kind":"\#(kind)","path":"\#(path)","segments":[\#(listed.joined(separator: ","))],"sha256":"\#(digest)","size":\#(plain * segments.count)}"#
    }
    let digest = String(repeating: "0f", count: 32)
    let last = max(1, segments.count - 1)
    var (names, files) = (["w.gguf"], [file("w.gguf", "weights", segments.prefix(last))])
    for (name, kind, segments) in [("train.log", "training-log", segments.dropFirst(last)), ("empty.txt", "other", [])] {
        names.append(name)
        files.append(file(name, kind, segments))
    }
    let repair = pieces.isEmpty ? "" :
        #","repair":{"code":"cauchy-gf65536","groups":\#(groups),"pieces":[\#(pieces.map { "{\(members($0))}" }.joined(separator: ","))]}"#
    let subjects = names.map { #"{"digest":{"sha256":"\#(digest)"},"name":"\#($0)"}"# }
    return #"{"_type":"https://in-toto.io/Statement/v1","predicate":{"created":"2030-01-31T12:00:00Z","declaration":"#
        + #"{"architecture":{"family":"llama","format":"gguf","parameters":64,"tensors":1,"types":{"F32":1}},"contact":"lab@example.org","#
        + #""licence":"Apache-2.0","name":"Model","release":"open-weights","v":1,"version":"1"},"files":[\#(files.joined(separator: ","))],"#
        + #""lab":"Lab","recipients":[{"age":"age1x","name":"one"},{"age":"age1y","name":"two"}]\#(repair),"v":1"#
        + (volumes.map { #","volumes":\#($0)"# } ?? "")
        + #"},"predicateType":"urn:assay:sealed-submission:v1","subject":[\#(subjects.joined(separator: ","))]}"#
}
