import ArgumentParser
import EngineProtocol

/// The engine as a program: for direct use and outside comparison, and, confined, as the appliance's worker.
struct AssayEngine: ParsableCommand {
    static let version = "1"

    static let configuration = CommandConfiguration(
        commandName: "assay-engine",
        abstract: "Run a language model: tokenise, score, generate, render chats, train, measure.",
        discussion: """
            tokenize, score, generate and render read JSON Lines on standard input and write one line of JSON for each. \
            A line that cannot be done gives {"error":…,"line":N}; the rest is still done, and the exit status is 1.

            Examples:
              echo '{"text":"Hello"}' | assay-engine tokenize --model model.gguf
              echo '{"text":"The sky is blue"}' | assay-engine score --model model.gguf
              echo '{"messages":[{"role":"user","content":"Hi"}]}' | assay-engine render --model model.gguf
              echo '{"tokens":[1,2,3],"max_new_tokens":8}' | assay-engine generate --model model.gguf
              assay-engine train --model model.gguf --data texts.jsonl --output adapter
              assay-engine score --model model.gguf --adapter adapter < texts.jsonl
              assay-engine bench --model model.gguf --prompt 512 --generate 64 --threads 2 --json

            A result's bits do not depend on the processor, the threads, or what is computed beside it. bench tells which \
            kernels compute: avx512, avx2 or portable, which is slow.

            Exit status: 0 all lines done; 1 some lines failed; 64 the command line is wrong; 65 the model, the \
            adapter or the training's texts cannot be read or used; 70 the worker could not serve; 130 training was stopped.
            """,
        version: version,
        subcommands: [Tokenize.self, Score.self, Generate.self, Render.self, Train.self, Merge.self, Bench.self, Worker.self])
}

@main
enum Program {
    static func main() {
        // In the sandbox there is no /proc, so the arguments come from the process's own start.
        let arguments = ProgramArguments.all
        AssayEngine.main(Array(arguments.dropFirst()))
    }
}
