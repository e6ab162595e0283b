import Clearance
import Ledger
import Testing

/// What a person may ask for and what the ledger records are two vocabularies, in modules that do not import each other.
/// They are held together here.
@Suite struct VocabularyTests {
    /// Most requests are recorded under the word that they ask with.
    private static func recorded(_ action: Action) -> LedgerAction? {
        switch action {
        case .restore: .restored
        case .rebindTPM: .rebound
        default: LedgerAction(rawValue: action.rawValue)
        }
    }

    @Test(arguments: Action.allCases) func eachRequestHasItsEntry(action: Action) throws {
        let entry = try #require(Self.recorded(action))
        #expect(entry.isPersonal && entry.requested == action.rawValue)
        #expect(entry.isLook == action.isLook)
    }

    /// Each entry that carries a request, but for the one that says what it asks for itself, and each look.
    @Test(arguments: LedgerAction.allCases) func eachPersonalEntryHasItsRequest(entry: LedgerAction) {
        #expect(entry.requested.flatMap(Action.init(rawValue:)) != nil || !entry.isPersonal || entry == .requestWaiting)
        if entry.isLook { #expect(Action(rawValue: entry.rawValue)?.isLook == true) }
    }
}
