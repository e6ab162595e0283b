import AuditCrypto
import CanonicalEncoding
import CommandSupport
import DatasetFormats

/// HumanEval's problems: JSON Lines, or that compressed with gzip, of `task_id`, `prompt`, `entry_point`, `canonical_solution`
/// and `test`.
enum HumanEvalImport {
    private static let fields = ["canonical_solution", "entry_point", "prompt", "test"]

    static func task(_ source: ImportSource) throws -> ImportedTask {
        let bytes = try ImportSource.read(source.path), name = ImportSource.name(of: source.path)
        var task = ImportedTask(name: "humaneval")
        task.sources = [(name, SHA256Digest.of(bytes))]
        let plain = bytes.starts(with: [0x1F, 0x8B]) ? try unpacked(source.path) : bytes
        var items: [JSONValue] = []
        let path = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        guard path.hasSuffix(".jsonl") else { throw PackError(.badSource, "problems are in a file that ends in .jsonl or .jsonl.gz", file: source.path) }
        try PackItems.forEach(of: ArrayByteSource(plain), path: path) { item throws(PackError) in
            guard let id = item.fields["task_id"]?.string, !id.isEmpty else { throw PackError(.badSource, "a problem has a text \"task_id\"", file: name, line: item.line) }
            var object: JSONObject = ["id": .string(id)]
            for field in fields {
                guard let text = item.fields[field]?.string else { throw PackError(.badSource, "a problem has a text \"\(field)\"", file: name, line: item.line) }
                object[field] = .string(text)
            }
            guard isPythonName(object["entry_point"]?.string ?? "") else {
                throw PackError(.badSource, "\"entry_point\" must be a function's name", file: name, line: item.line)
            }
            items.append(.object(object))
        }
        try task.add(items: items, as: "items.jsonl")
        task.files.append(("humaneval.yaml", .bytes(Array(yaml.utf8))))
        return task
    }

    /// Asked as lm-evaluation-harness 0.4.13 asks it; what is generated is run with the item's tests.
    private static let yaml = """
        task: humaneval
        dataset_path: json
        dataset_kwargs:
          data_files:
            test: items.jsonl
        test_split: test
        output_type: generate_until
        doc_to_text: prompt
        doc_to_target: "{{test}}\\ncheck({{entry_point}})"
        generation_kwargs:
          until: ["\\nclass", "\\ndef", "\\n#", "\\nif", "\\nprint"]
          max_gen_toks: 1024
          do_sample: false
          temperature: 0.0
        metric_list:
          - metric: code_pass
            aggregation: mean
            higher_is_better: true
        metadata:
          version: 1

        """

    private static func unpacked(_ path: String) throws(PackError) -> [UInt8] {
        let result: OutsideProgram
        do {
            result = try OutsideProgram.run("gzip", ["--decompress", "--stdout", "--", path], maxOutput: ImportSource.maximumBytes + 1)
        } catch {
            throw PackError(.badSource, "gzip could not be run on it: decompress it, and import the .jsonl", file: path)
        }
        guard result.code == 0 else { throw PackError(.badSource, "gzip cannot decompress it", file: path) }
        guard result.output.count <= ImportSource.maximumBytes else {
            throw PackError(.limit, "decompressed, it has more than \(ImportSource.maximumBytes) bytes", file: path)
        }
        return result.output
    }

    private static func isPythonName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
