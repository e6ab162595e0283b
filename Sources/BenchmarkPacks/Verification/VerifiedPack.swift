import AuditCrypto
import CanonicalEncoding

/// A pack whose metadata has been verified. Its targets have not been read.
package struct VerifiedPack: Sendable {
    /// A role's metadata as it was accepted.
    package struct Accepted: Hashable, Sendable {
        /// `root`, `timestamp`, `snapshot`, `targets`, or a delegated role's name.
        package let role: String
        /// Its path in the pack.
        package let file: String
        package let version: Int64
        package let expires: Timestamp
        /// The ids of the keys whose signatures count, and how many had to.
        package let signers: [String]
        package let threshold: Int
    }

    package let root: RootMetadata
    /// The root that trust began with.
    package let firstRoot: RootMetadata
    /// Root, timestamp, snapshot, targets, and delegated roles in the order in which they are asked.
    package let accepted: [Accepted]
    /// Every file that the targets roles name, by path.
    package let targets: [(path: String, file: FileReference)]
    /// What to remember for the next time.
    package let state: PackState
    private let places: [ExactString: Int]

    init(
        root: RootMetadata, firstRoot: RootMetadata, accepted: [Accepted], targets: [(path: String, file: FileReference)], state: PackState
    ) {
        (self.root, self.firstRoot, self.accepted, self.state) = (root, firstRoot, accepted, state)
        self.targets = targets.sorted { ExactString($0.path) < ExactString($1.path) }
        var places: [ExactString: Int] = [:]
        for (place, target) in self.targets.enumerated() { places[ExactString(target.path)] = place }
        self.places = places
    }

    package func target(_ path: String) -> FileReference? { places[ExactString(path)].map { targets[$0].file } }

    /// When the first of its metadata expires.
    package var expires: Timestamp? { accepted.map(\.expires).min { $0.unixSeconds < $1.unixSeconds } }

    package func version(of role: Role) -> Int64 { accepted.first { $0.role == role.rawValue }?.version ?? 0 }
}
