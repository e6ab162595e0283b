// swift-tools-version: 6.2
import PackageDescription

// The module table of this package: what each target imports, and nothing more. `make test` builds with
// undeclared imports as errors, and the LayeringTests hold the sources against an allow-list of their own.

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func library(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
        swiftSettings: strict)
}

func tests(_ subject: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(name: subject + "Tests", dependencies: dependencies + ["TestTools"], exclude: exclude, resources: resources, swiftSettings: strict)
}

let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

/// What serves HTTP; nothing else depends on it.
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"), .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]

let systemLibraries: [Target] = [
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CKernels"),
    .target(name: "CLinux", linkerSettings: [.linkedLibrary("seccomp")]),
]

/// What a verifier needs, and all it trusts: no Foundation, no database, no network.
let core: [Target] = [
    library("CanonicalEncoding", []),
    library("AuditCrypto", ["CSodium", "CanonicalEncoding"]),
    library("MerkleLog", ["CanonicalEncoding", "AuditCrypto"]),
    library("VerdictBundle", ["CanonicalEncoding", "AuditCrypto", "MerkleLog"]),
    library("BundleVerifier", ["CanonicalEncoding", "AuditCrypto", "MerkleLog", "VerdictBundle"]),
]

/// What only those who sign and keep a log need; a verifier does not.
let signing: [Target] = [
    library("AuditSigning", ["CSodium", "CanonicalEncoding", "AuditCrypto"]),
    library("LogBuilding", ["CanonicalEncoding", "AuditCrypto", "MerkleLog"]),
    library("Receipts", ["CanonicalEncoding", "AuditCrypto"]),
    library("QRCode", ["CQREncode"]),
]

let formats: [Target] = [
    library("BulkCrypto", ["COpenSSL", "CSodium", .product(name: "Crypto", package: "swift-crypto")]),
    library("AgeFormat", ["AuditSigning", "CanonicalEncoding", "AuditCrypto", "BulkCrypto"]),
    library("ModelSigning", ["CanonicalEncoding", "AuditCrypto", "BulkCrypto"]),
    library("WeightFormats", ["CanonicalEncoding"]),
    library("ErasureCoding", ["CISAL"]),
    library("DatasetFormats", ["CanonicalEncoding"]),
    library("PromptTemplates", ["CanonicalEncoding"]),
    library(
        "SealedMedia",
        [
            "AuditSigning", "CanonicalEncoding", "AuditCrypto", "BulkCrypto", "AgeFormat", "ModelSigning", "WeightFormats", "ErasureCoding",
            "CommandSupport", "CZstd", "CLinux",
        ]),
]

let engine: [Target] = [
    library("EngineProtocol", ["CanonicalEncoding", "CLinux"]),
    library("InferenceEngine", ["CanonicalEncoding", "WeightFormats", "PromptTemplates", "CBLAS", "CKernels"]),
    library("Isolation", ["AuditCrypto", "CanonicalEncoding", "CLinux", "CommandSupport", "EngineProtocol"]),
    library(
        "Evaluation",
        [
            "CanonicalEncoding", "AuditCrypto", "DatasetFormats", "EngineProtocol", "EvaluationLogs", "PromptTemplates", "CPCRE2",
            .product(name: "Yams", package: "Yams"),
        ]),
    library(
        "EvaluationSuites", ["AuditCrypto", "CanonicalEncoding", "CommandSupport", "Evaluation", "Isolation", grdb],
        resources: [.copy("Resources")]),
    library("EvaluationLogs", ["CanonicalEncoding", "CZlib"]),
    library(
        "BenchmarkPacks",
        [
            "AuditSigning", "CanonicalEncoding", "AuditCrypto", "BulkCrypto", "AgeFormat", "DatasetFormats", "CommandSupport", "CLinux",
            .product(name: "Yams", package: "Yams"),
        ]),
    library("RemoteEngine", ["CanonicalEncoding", "EngineProtocol"]),
    library("ModelServer", ["CanonicalEncoding", "EngineProtocol"] + hummingbird),
]

let appliance: [Target] = [
    library("DurableSQLite", ["CSQLite", grdb, sqlite]),
    library(
        "ContentStore",
        ["AuditSigning", "CanonicalEncoding", "AuditCrypto", "BulkCrypto", "AgeFormat", "SealedMedia", "CommandSupport", "DurableSQLite", "CLinux", grdb]),
    library("LedgerVerification", ["CommandSupport", "LogBuilding", "CanonicalEncoding", "AuditCrypto", "MerkleLog"]),
    library("Ledger", ["LedgerVerification", "LogBuilding", "AuditSigning", "CanonicalEncoding", "AuditCrypto", "MerkleLog", "BulkCrypto"]),
    library("LedgerSQLite", ["LedgerVerification", "LogBuilding", "Ledger", "CanonicalEncoding", "AuditCrypto", "MerkleLog", "BulkCrypto", "DurableSQLite", grdb, sqlite]),
    library("Backups", ["CommandSupport", "CanonicalEncoding", "AuditCrypto", "BulkCrypto"]),
    library("Clearance", ["AuditSigning", "CanonicalEncoding", "AuditCrypto"]),
    library(
        "Inspection",
        [
            "CanonicalEncoding", "BulkCrypto", "SealedMedia", "ContentStore", "WeightFormats", "DatasetFormats", "Ledger", "Clearance",
            "EngineProtocol", "CZstd",
        ]),
    library("LocalAPI", ["CanonicalEncoding"]),
    library("TPM", ["CanonicalEncoding", "AuditCrypto", "AuditSigning", "BulkCrypto", "Isolation"]),
    library(
        "Appliance",
        [
            "LogBuilding",
            "AuditSigning",
            "CanonicalEncoding", "AuditCrypto", "MerkleLog", "VerdictBundle", "BulkCrypto", "AgeFormat", "WeightFormats",
            "DatasetFormats", "SealedMedia", "ContentStore", "Ledger", "LedgerSQLite", "Clearance", "EngineProtocol",
            "Isolation", "Evaluation", "EvaluationLogs", "EvaluationSuites", "BenchmarkPacks", "Inspection", "LocalAPI", "TPM", "CommandSupport", "Backups",
        ]),
]

let programs: [Target] = [
    library("CommandSupport", ["CanonicalEncoding"]),
    library("Reporting", ["CanonicalEncoding", "CommandSupport", "DatasetFormats"]),
    program(
        "assay-lab",
        [
            "AuditSigning", "CommandSupport", "CanonicalEncoding", "AuditCrypto", "BulkCrypto", "AgeFormat", "SealedMedia", "QRCode",
            "WeightFormats", "DatasetFormats", "Clearance",
        ]),
    library("Witness", ["AuditSigning", "LedgerVerification", "LogBuilding", "CanonicalEncoding", "AuditCrypto", "MerkleLog", "CommandSupport"]),
    program("assay-witness", ["QRCode", "Witness", "AuditSigning", "CommandSupport", "CanonicalEncoding", "AuditCrypto", "MerkleLog"]),
    program("assay-authority", ["AuditSigning", "CommandSupport", "CanonicalEncoding", "AuditCrypto", "Clearance"]),
    program("assayd", ["CommandSupport", "Appliance", "LocalAPI", "CanonicalEncoding", .product(name: "Logging", package: "swift-log")]),
    program("assay", ["Backups", "BenchmarkPacks", "LedgerVerification", "MerkleLog", "CommandSupport", "Reporting", "LocalAPI", "AuditSigning", "AuditCrypto", "CanonicalEncoding", "Receipts", "QRCode", "Evaluation"]),
    program(
        "assay-verify",
        [
            "CommandSupport", "LedgerVerification", "BundleVerifier", "VerdictBundle", "MerkleLog", "LogBuilding", "Receipts",
            "AuditCrypto", "CanonicalEncoding",
        ]),
    program(
        "assay-engine",
        ["InferenceEngine", "EngineProtocol", "WeightFormats", "PromptTemplates", "CanonicalEncoding", "CommandSupport", "CLinux"]),
    program("assay-engine-remote", ["RemoteEngine", "EngineProtocol"]),
    library("LocalModel", ["Isolation", "EngineProtocol", "WeightFormats", "CommandSupport", "CLinux"]),
    program("assay-serve", ["ModelServer", "LocalModel", "Isolation", "EngineProtocol", "CommandSupport"]),
    program(
        "assay-eval",
        ["BenchmarkPacks", "Evaluation", "EvaluationSuites", "LocalModel", "EngineProtocol", "WeightFormats", "BulkCrypto", "AuditCrypto", "CanonicalEncoding", "CommandSupport", "Reporting"]),
]

/// What only tests are made of.
let testSupport: [Target] = [
    .target(name: "TestTools", path: "Tests/Support/TestTools", swiftSettings: strict),
    .target(name: "CFaultyFiles", dependencies: ["CSQLite"], path: "Tests/Support/CFaultyFiles"),
    .target(name: "FaultyFiles", dependencies: ["CFaultyFiles"], path: "Tests/Support/FaultyFiles", swiftSettings: strict),
    .executableTarget(
        name: "ledger-crash",
        dependencies: [
            "CanonicalEncoding", "AuditCrypto", "AuditSigning", "BulkCrypto", "MerkleLog", "LogBuilding", "Ledger", "LedgerSQLite",
            "CommandSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Tests/Crash/Ledger", swiftSettings: strict),
    .executableTarget(
        name: "media-crash",
        dependencies: [
            "CanonicalEncoding", "AuditCrypto", "AuditSigning", "AgeFormat", "SealedMedia", "ContentStore", "CommandSupport",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Tests/Crash/Media", swiftSettings: strict),
    .executableTarget(
        name: "statistics-coverage",
        dependencies: ["Evaluation", .product(name: "ArgumentParser", package: "swift-argument-parser")],
        path: "Tests/Simulations/Coverage", swiftSettings: strict),
]

let fixtures: [Resource] = [.copy("Fixtures")]

let testTargets: [Target] = [
    .target(name: "SoftwareTPM", dependencies: ["CLinux"], path: "Tests/SoftwareTPM", swiftSettings: strict),
    tests("CanonicalEncoding", ["CanonicalEncoding"]),
    tests("AuditCrypto", ["AuditSigning", "AuditCrypto", "CanonicalEncoding"]),
    tests("MerkleLog", ["LogBuilding", "AuditSigning", "MerkleLog", "AuditCrypto", "CanonicalEncoding"]),
    tests("VerdictBundle", ["VerdictBundle", "MerkleLog", "AuditCrypto", "CanonicalEncoding"]),
    tests("BundleVerifier", ["LogBuilding", "AuditSigning", "BundleVerifier", "VerdictBundle", "MerkleLog", "AuditCrypto", "CanonicalEncoding"]),
    tests("AgeFormat", ["AgeFormat", "BulkCrypto", "AuditCrypto", "CanonicalEncoding"]),
    tests("ErasureCoding", ["ErasureCoding"]),
    tests(
        "ModelSigning", ["ModelSigning", "BulkCrypto", "AuditCrypto", "CanonicalEncoding", .product(name: "Crypto", package: "swift-crypto")],
        resources: fixtures),
    tests("WeightFormats", ["WeightFormats", "CanonicalEncoding"], resources: fixtures),
    tests("DatasetFormats", ["DatasetFormats", "CanonicalEncoding"]),
    tests("PromptTemplates", ["PromptTemplates", "CanonicalEncoding"], resources: fixtures),
    tests(
        "SealedMedia",
        [
            "AuditSigning", "SealedMedia", "AgeFormat", "BulkCrypto", "AuditCrypto", "CanonicalEncoding", "ModelSigning", "WeightFormats",
            // To be run.
            "assay-lab",
        ]),
    tests("EngineProtocol", ["EngineProtocol", "CanonicalEncoding", "CLinux"]),
    tests("InferenceEngine", ["InferenceEngine", "WeightFormats", "PromptTemplates", "CanonicalEncoding"], resources: fixtures),
    tests("Isolation", ["Isolation", "AuditCrypto", "CommandSupport", "EngineProtocol", "CanonicalEncoding", "CLinux"], resources: fixtures),
    tests(
        "Evaluation",
        [
            "Evaluation", "EvaluationSuites", "EngineProtocol", "AuditCrypto", "CanonicalEncoding",
            // To be run.
            "statistics-coverage",
        ], resources: fixtures),
    tests(
        "EvaluationSuites", ["EvaluationSuites", "Evaluation", "EvaluationLogs", "Isolation", "AuditCrypto", "CanonicalEncoding"],
        // Scripts that check the items of the suites.
        exclude: ["items"]),
    tests("EvaluationLogs", ["EvaluationLogs", "CanonicalEncoding"]),
    tests(
        "BenchmarkPacks",
        [
            "BenchmarkPacks", "AgeFormat", "AuditSigning", "AuditCrypto", "CanonicalEncoding", "DatasetFormats", "Evaluation",
            // To be run.
            "assay",
        ], resources: fixtures),
    tests("Ledger", ["FaultyFiles", "ledger-crash", "LogBuilding", "AuditSigning", "Ledger", "LedgerSQLite", "MerkleLog", "AuditCrypto", "BulkCrypto", "CanonicalEncoding", grdb]),
    tests(
        "LedgerVerification",
        [
            "assay-verify", "LedgerVerification", "LogBuilding", "AuditSigning", "MerkleLog", "AuditCrypto", "CanonicalEncoding",
            "CommandSupport",
        ]),
    tests("AssayEval", ["CanonicalEncoding", "assay-eval", "assay-engine"]),
    tests("ModelServer", ["ModelServer", "EngineProtocol", "CanonicalEncoding", "assay-serve", "assay-engine"]),
    tests("RemoteEngine", ["RemoteEngine", "EngineProtocol", "CanonicalEncoding", "CLinux", "assay-serve", "assay-engine"]),
    // It asks every program for its help: a whole build has them.
    tests("CommandSupport", ["CommandSupport", "CanonicalEncoding"]),
    tests("Clearance", ["AuditSigning", "Clearance", "AuditCrypto", "CanonicalEncoding"]),
    tests("Witness", ["Witness", "LedgerVerification", "LogBuilding", "AuditSigning", "MerkleLog", "AuditCrypto", "CanonicalEncoding"]),
    tests(
        "ContentStore",
        ["media-crash", "FaultyFiles", "AuditSigning", "ContentStore", "SealedMedia", "AgeFormat", "AuditCrypto", "CanonicalEncoding", grdb]),
    tests(
        "Appliance",
        [
            "AuditSigning", "FaultyFiles",
            "Appliance", "BenchmarkPacks", "LocalAPI", "SealedMedia", "AgeFormat", "AuditCrypto", "LogBuilding", "MerkleLog", "Ledger", "LedgerSQLite",
            "BundleVerifier", "VerdictBundle", "Clearance", "CanonicalEncoding", "EvaluationLogs", "TPM", "SoftwareTPM", "Backups",
            // To be started: two of it on one folder.
            "assayd", "assay-engine",
        ]),
    tests("Inspection", ["Inspection", "EngineProtocol", "DatasetFormats", "CanonicalEncoding"]),
    tests("Reporting", ["Reporting", "CanonicalEncoding"]),
    tests("LocalAPI", ["LocalAPI", "CanonicalEncoding"]),
    tests("TPM", ["TPM", "AuditSigning", "AuditCrypto", "BulkCrypto", "CanonicalEncoding", "SoftwareTPM"]),
    tests("Receipts", ["Receipts", "QRCode", "LogBuilding", "AuditSigning", "MerkleLog", "AuditCrypto", "CanonicalEncoding", "assay-verify"]),
    // The programs are dependencies so that they are built: the tests look into them.
    tests("Layering", ["assay-verify", "assay-engine"]),
]

let package = Package(
    name: "assay",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: systemLibraries + core + signing + formats + engine + appliance + programs + testSupport + testTargets
)

// Fuzz targets, which only Tests/Fuzz/run.sh asks for: they are built with sanitizers, into a folder of their own.
if Context.environment["ASSAY_FUZZ"] != nil {
    func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
        .executableTarget(
            name: "Fuzz" + name, dependencies: dependencies + ["FuzzSupport"], path: "Tests/Fuzz/" + name,
            // libFuzzer brings the main function; this is how a program of one file does without.
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
    }
    package.targets += [
        .target(name: "FuzzSupport", dependencies: ["CLinux"], path: "Tests/Fuzz/Support", swiftSettings: strict),
        fuzz("JSON", ["CanonicalEncoding"]),
        fuzz("Envelope", ["AuditCrypto", "AuditSigning"]),
        fuzz("SSH", ["AuditCrypto", "AuditSigning"]),
        fuzz("Notes", ["CanonicalEncoding", "AuditCrypto", "AuditSigning", "MerkleLog", "LogBuilding", "Receipts"]),
        fuzz("Ledger", ["AuditCrypto", "LedgerVerification", "LogBuilding", "MerkleLog", "Clearance"]),
        fuzz(
            "Bundle",
            ["CanonicalEncoding", "AuditCrypto", "AuditSigning", "MerkleLog", "LogBuilding", "VerdictBundle", "BundleVerifier"]),
        fuzz("PassphraseBox", ["CanonicalEncoding", "AuditCrypto", "AuditSigning"]),
        fuzz("Age", ["AgeFormat", "BulkCrypto"]),
        fuzz("AgeHeader", ["AgeFormat"]),
        fuzz("Manifest", ["CanonicalEncoding", "SealedMedia"]),
        fuzz("Compression", ["AuditCrypto", "SealedMedia"]),
        fuzz("Repair", ["AuditCrypto", "ErasureCoding", "SealedMedia"]),
        fuzz("Media", ["CanonicalEncoding", "AuditCrypto", "AuditSigning", "AgeFormat", "SealedMedia"]),
        fuzz("ModelSigning", ["AuditCrypto", "BulkCrypto", "ModelSigning"]),
        fuzz("Weights", ["WeightFormats"]),
        fuzz("ModelFiles", ["WeightFormats", "InferenceEngine"]),
        fuzz("Tokenizer", ["WeightFormats", "InferenceEngine"]),
        fuzz("Templates", ["CanonicalEncoding", "PromptTemplates"]),
        fuzz("Tasks", ["CanonicalEncoding", "Evaluation"]),
        fuzz("Packs", ["AuditCrypto", "AuditSigning", "BenchmarkPacks", "CanonicalEncoding", "DatasetFormats"]),
        fuzz("ToolActions", ["CanonicalEncoding", "Evaluation", "EvaluationSuites"]),
        fuzz("Datasets", ["CanonicalEncoding", "DatasetFormats"]),
        fuzz("Logs", ["CanonicalEncoding", "CZlib", "EvaluationLogs"]),
        fuzz("Frames", ["EngineProtocol", "CLinux"]),
        fuzz("TPM", ["AuditSigning", "BulkCrypto", "CanonicalEncoding", "LedgerVerification", "MerkleLog", "TPM"]),
    ]
}

// Benchmarks, which only Tests/Benchmarks/run.sh asks for. They measure in-process what has package access, so they
// are targets here and not a package beside this one.
if Context.environment["ASSAY_BENCH"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CanonicalEncoding", "AuditCrypto", "AuditSigning", "AgeFormat", "BulkCrypto", "Clearance", "ContentStore", "CSodium", "CZstd", "Ledger",
                "LedgerSQLite", "SealedMedia", "WeightFormats", "CBLAS", sqlite,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Benchmarks/Program", swiftSettings: strict))
    package.targets.append(
        .executableTarget(name: "InstantEngine", dependencies: ["EngineProtocol"], path: "Tests/Benchmarks/InstantEngine", swiftSettings: strict))
}
