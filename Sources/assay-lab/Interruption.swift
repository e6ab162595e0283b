import Glibc
import SealedMedia
import Synchronization

/// Ctrl-C, a hang-up or a termination asked for: long work looks here between blocks, and clears up after itself.
enum Interruption {
    private static let requested = Atomic<Bool>(false)

    /// From here on a first signal is noted; a second ends the process as it would have.
    static func watch() {
        // The flag exists before a handler can touch it: a lazy global's set-up is not safe in one.
        requested.store(false, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                Interruption.requested.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }

    /// What an interruption leaves.
    enum Leaves: String {
        case nothingChanged = "interrupted"
        case resumable = "interrupted; what is sealed so far stays"

        var advice: String {
            switch self {
            case .nothingChanged: "Run the command again."
            case .resumable: "Run the same command again to go on, or remove the folder."
            }
        }
    }

    static func check(_ leaves: Leaves) throws(MediaError) {
        guard requested.load(ordering: .relaxed) else { return }
        throw MediaError(.cancelled, leaves.rawValue, advice: leaves.advice)
    }
}
