/// How programs of a language are put together and run. All of it is data, so that another language is another value.
package struct CodeLanguage: Hashable, Sendable {
    /// `python`, …
    package let name: String
    /// Words behind a fence that mean it, in lower case.
    package let fences: [String]
    /// The program's file in /work.
    package let fileName: String
    /// What runs it: an absolute path, and arguments.
    package let command: [String]
    /// What stands in a program that defines the function; `{entry}` is its name.
    package let definition: String
    /// The lines that follow the tests; `{entry}` is the function's name.
    package let check: String
    /// The last lines, which say that everything before them was run; `{mark}` is what they must print. Empty where an
    /// exit code of 0 is proof enough.
    package let epilogue: String
    /// Whether the last line of standard error begins with the error's name, as Python's does.
    package let namesErrors: Bool

    package init(
        name: String, fences: [String], fileName: String, command: [String], definition: String, check: String,
        epilogue: String, namesErrors: Bool = false
    ) {
        self.name = name
        self.fences = fences
        self.fileName = fileName
        self.command = command
        self.definition = definition
        self.check = check
        self.epilogue = epilogue
        self.namesErrors = namesErrors
    }

    package static let python = CodeLanguage(
        name: "python", fences: ["python", "python3", "py"], fileName: "program.py",
        command: ["/usr/bin/python3", "-s", "program.py"], definition: "def {entry}(", check: "check({entry})",
        epilogue: "print(\"\\n{mark}\", flush=True)", namesErrors: true)

    /// Tests are a script that exits with another code than 0 where the function is wrong.
    package static let bash = CodeLanguage(
        name: "bash", fences: ["bash", "sh", "shell"], fileName: "program.sh", command: ["/bin/bash", "program.sh"],
        definition: "{entry}()", check: "check {entry} || exit 1", epilogue: "printf '\\n%s\\n' {mark}")

    /// Tests define a `main`; a false `assert` ends the program with SIGABRT.
    package static let c = CodeLanguage(
        name: "c", fences: ["c"], fileName: "program.c",
        command: ["/bin/sh", "-c", "cc -std=c11 -O1 -o program program.c -lm && exec ./program"],
        definition: "{entry}(", check: "", epilogue: "")
}
