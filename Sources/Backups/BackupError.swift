import CommandSupport

/// Why a backup could not be made, believed or restored.
package struct BackupError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The folder holds something else, or is the appliance's own.
        case notAFolderForIt = "backup.folder"
        /// The folder holds another appliance's backup.
        case otherAppliance = "backup.other-appliance"
        /// No backup was ever finished there.
        case noManifest = "backup.no-manifest"
        case malformed = "backup.malformed"
        /// A file is not what the manifest says.
        case damaged = "backup.damaged"
        /// The appliance changed under the copy.
        case changed = "backup.changed"
        case io = "backup.io"
    }

    package let code: Code
    package let message: String
    /// What to do next.
    package let advice: String

    package init(_ code: Code, _ message: String, advice: String) {
        (self.code, self.message, self.advice) = (code, message, advice)
    }

    package var description: String { "\(message) \(advice)" }
}
