import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Inspection
import Ledger
import LocalAPI
import MerkleLog
import SealedMedia

extension RequestDesk {
    func terms(of lab: String) throws -> EngagementTerms {
        guard let terms = standing.terms[lab] else {
            throw ClearanceError(.noTerms, "no terms signed by the lab of key \(lab) and by the authority are in force, and without "
                + "them nothing of its submissions is shown: take them in with assay terms install")
        }
        return terms
    }

    /// Whether a person may be shown a class of a submission's content at all, before any of it is looked at.
    func checkShowing(_ kind: DisclosureClass, of submission: StoredSubmission, to person: Person) async throws {
        let now = await ledger.time, terms = try terms(of: submission.labKey.keyID)
        guard person.clearances.contains(kind) else {
            throw ClearanceError(.notCleared, "the roster does not clear '\(person.name)' for \(kind.rawValue)")
        }
        try checkDates(of: terms, at: now)
        try DeclaredTerms.check(submission, under: terms)
        guard standing.book.left(terms, kind, to: person.name) > 0 else {
            throw ClearanceError(.budgetSpent, "the terms leave '\(person.name)' nothing more of \(kind.rawValue)")
        }
    }

    /// The terms that a declaration names, beside those in force; nil where it names none.
    func declaredTerms(of manifest: SubmissionManifest, by lab: String) -> DeclaredTerms? {
        DeclaredTerms(manifest.declaration, under: standing.terms[lab])
    }

    private func checkDates(of terms: EngagementTerms, at now: Int64) throws(ClearanceError) {
        guard terms.issued.unixSeconds <= now, now < terms.expires.unixSeconds else {
            throw ClearanceError(.expired, "the terms with the lab hold from \(terms.issued.rfc3339) to \(terms.expires.rfc3339)")
        }
    }

    /// Whether `rows` more of a lab's datasets need its consent for this person.
    func exceedsQuota(_ lab: String, rows: Int64, person: String) throws -> Bool {
        try standing.book.rows(lab, by: person) + rows > terms(of: lab).rowsAlone
    }

    /// Charges a view to the budgets and puts the look on the ledger, both or neither. Only then may it be shown.
    func disclose(
        _ authorized: AuthorizedRequest, _ charges: [DisclosureBook.Charge], subjects: [LedgerEntry.Subject], details: JSONObject
    ) async throws -> LedgerEntry {
        let person = authorized.person.name
        var charged: [DisclosureBook.Charge] = []
        let now = try await moment()
        do {
            // Computing the view may have taken an hour: who may see it is asked again, and nothing waits from here to the charge.
            guard let current = now.roster.person(named: person) else {
                throw ClearanceError(.unknownPerson, "'\(person)' is not in the roster any more")
            }
            try now.check(current, authorized.request.action)
            if case .session(let entry) = authorized.grant { _ = try sessions.session(entry) }
            for charge in charges { try checkDates(of: terms(of: charge.lab), at: now.now) }
            for charge in charges {
                if charge.rows > 0, authorized.consent == nil, try exceedsQuota(charge.lab, rows: charge.rows, person: person) {
                    throw ClearanceError(.budgetSpent, "meanwhile other looks used up the rows that '\(person)' may see without the "
                        + "lab's consent: ask again")
                }
                try standing.book.charge(charge, to: person, terms: terms(of: charge.lab))
                charged.append(charge)
            }
            var details = details
            details["shown"] = Standing.details(of: charges)
            return try await record(authorized, subjects: subjects, details: details)
        } catch {
            for charge in charged { standing.book.refund(charge, to: person) }
            throw error
        }
    }

    /// What each lab's terms allow, and what was shown.
    func budgets() throws -> JSONValue {
        let people = try roster().people.map(\.name)
        return .array(
            standing.terms.values.sorted { $0.lab < $1.lab }.map { terms in
                [
                    "lab": .string(terms.lab), "version": .integer(terms.version), "expires": .string(terms.expires.rfc3339),
                    "rowsAlone": .integer(terms.rowsAlone),
                    "classes": .array(
                        DisclosureClass.allCases.map { kind in
                            let budget = terms.budget(kind)
                            return [
                                "class": .string(kind.rawValue), "total": .integer(budget.total), "person": .integer(budget.person),
                                "spent": .integer(standing.book.spent(terms.lab, kind)),
                                "people": .array(
                                    people.map { name in
                                        [
                                            "name": .string(name), "spent": .integer(standing.book.spent(terms.lab, kind, by: name)),
                                            "left": .integer(standing.book.left(terms, kind, to: name)),
                                        ]
                                    }),
                            ]
                        }),
                ]
            })
    }

    /// What is left to a person, for each class of a lab's content.
    func left(_ lab: String, to person: String) throws -> JSONValue {
        let terms = try terms(of: lab)
        var left: JSONObject = [:]
        for kind in DisclosureClass.allCases { left[kind.rawValue] = .integer(standing.book.left(terms, kind, to: person)) }
        return .object(left)
    }
}

extension OpenAppliance {
    func listBudgets() async throws -> JSONValue { ["terms": try await desk.budgets()] }

    /// One look: what is to be shown is computed, metered, charged to the budgets and recorded, and only then returned.
    ///
    /// - Parameters:
    ///   - of: the submissions that it shows something of; each lab's budget is charged with all of it.
    ///   - subjects: asked for when the view is there.
    ///   - rows: how many rows of a dataset it shows.
    ///   - beside: what a file costs that is handed out with the view; asked for when the view is there.
    func disclose(
        _ authorized: AuthorizedRequest, _ kind: DisclosureClass, of shown: [StoredSubmission], subjects: @autoclosure () -> [LedgerEntry.Subject],
        details: JSONObject = [:], rows: (JSONValue) -> Int64 = { _ in 0 }, beside: @autoclosure () -> Int64 = 0, _ view: () async throws -> JSONValue
    ) async throws -> JSONValue {
        precondition(!shown.isEmpty, "a look is at a submission")
        let labs = Set(shown.map(\.labKey.keyID)).sorted()
        let view: JSONValue = try await refusing(authorized) {
            for submission in shown { try await desk.checkShowing(kind, of: submission, to: authorized.person) }
            return try await view()
        }
        let cost = Int64(try Metering.bytes(of: view)) + beside(), rows = rows(view), subjects = subjects()
        var details = details
        details["submission"] = shown.first.map { .string($0.id) } ?? nil
        if shown.count > 1 { details["with"] = .string(shown[1].id) }
        let entry = try await refusing(authorized) {
            try await desk.disclose(
                authorized, labs.map { .init(lab: $0, kind: kind, cost: cost, rows: rows) }, subjects: subjects, details: details)
        }
        return [
            "entry": .integer(entry.sequence), "view": view, "bytes": .integer(cost),
            "left": try await desk.left(labs[0], to: authorized.person.name),
            "watermark": .string(watermark(entry)),
        ]
    }

    /// Records a refusal before it is told.
    func refusing<Value>(_ authorized: AuthorizedRequest, _ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let wait as ConsentNeeded { throw wait } catch {
            try await desk.refuse(authorized.digest, error, by: authorized.person.name)
            throw error
        }
    }

    /// Names the viewer and the entry of a look, with a code that only this appliance can make.
    private func watermark(_ entry: LedgerEntry) -> String {
        let code = keys.store.code(for: Array("assay watermark\u{0}\(entry.actor)\u{0}\(entry.sequence)".utf8))
        return "\(entry.actor) · entry \(entry.sequence) · \(Hex.encode(code.prefix(6)))"
    }
}
