import PromptTemplates

/// A conversation whose last turn is the assistant's and not yet ended: the model goes on where it stops (`gen_prefix` of a task).
///
/// It is made as the transformers library's `continue_final_message` does it, which lm-evaluation-harness 0.4.13 uses: the whole
/// conversation goes through the chat template without the opening of another answer, and is cut where the last turn's text ends.
enum OpenTurn {
    /// The beginning of the answer; nil where the conversation ends with somebody else's turn, and the answer has none.
    static func beginning(of conversation: [ChatTurn]) -> String? {
        guard let last = conversation.last, last.role == PromptMessage.Role.assistant.rawValue else { return nil }
        return last.content
    }

    /// - Parameters:
    ///   - rendered: the conversation in the chat template.
    ///   - beginning: its last turn's text. White space at its ends stays only where the template lets it stand.
    static func cut(_ rendered: String, after beginning: String) -> Result<String, RequestFailure> {
        let text = Array(rendered.utf8), bare = Array(PythonText.strip(beginning).utf8)
        guard !bare.isEmpty, bare.count <= text.count,
            let start = (0...text.count - bare.count).last(where: { text[$0..<$0 + bare.count].elementsEqual(bare) })
        else {
            return .failure(
                RequestFailure(
                    code: "no-open-turn",
                    message: "the model's chat template does not show the beginning of the answer (gen_prefix) as it stands, so that the answer cannot go on after it"))
        }
        let trailing = beginning.unicodeScalars.reversed().prefix { $0.isPythonSpace }
        let spaces = Array(String(String.UnicodeScalarView(trailing.reversed())).utf8)
        let end = start + bare.count
        let keepsSpaces = text[end...].starts(with: spaces)
        return .success(String(decoding: text[..<(keepsSpaces ? end + spaces.count : end)], as: UTF8.self))
    }

    /// The prompt, and what stands at its end and is tokenised with the continuation: white space
    /// (lm-evaluation-harness 0.4.13, `TemplateLM._encode_pair`).
    static func split(_ prompt: String) -> (context: String, space: String) {
        let scalars = prompt.unicodeScalars
        let trailing = scalars.reversed().prefix { $0.isPythonSpace }.count
        let end = scalars.index(scalars.endIndex, offsetBy: -trailing)
        return (String(scalars[..<end]), String(scalars[end...]))
    }
}
