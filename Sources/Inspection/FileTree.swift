import CanonicalEncoding
import DatasetFormats
import SealedMedia

/// The files of a submission as the lab's signed manifest lists them, and what the lab declares of it.
package enum FileTree {
    package static func view(of manifest: SubmissionManifest) -> JSONValue {
        [
            "model": .string(VisibleText.line(manifest.declaration.name)), "lab": .string(VisibleText.line(manifest.lab)),
            "declaration": visible(manifest.declaration.json),
            "bytes": .integer(Int64(manifest.files.reduce(0) { $0 + $1.size })),
            "files": .array(
                manifest.files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }.map { file in
                    [
                        "path": .string(VisibleText.line(file.path)), "kind": .string(file.kind.rawValue),
                        "size": .integer(Int64(file.size)), "sha256": .string(file.digest.hex),
                        "segments": .integer(Int64(file.segments.count)),
                    ]
                }),
        ]
    }

    /// The lab's words, fit to be shown.
    private static func visible(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(VisibleText.block(text))
        case .array(let elements): .array(elements.map(visible))
        case .object(let object):
            .object(object.members.reduce(into: [:]) { $0[VisibleText.line($1.key)] = visible($1.value) })
        default: value
        }
    }
}
