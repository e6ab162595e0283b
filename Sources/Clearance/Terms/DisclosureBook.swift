/// How much was shown of each lab's submissions, to whom: what budgets are held against.
///
/// A value that follows from the ledger alone: each look's entry says what it cost.
package struct DisclosureBook: Hashable, Sendable {
    /// What a look costs, and of whose files it is.
    package struct Charge: Hashable, Sendable {
        /// The lab's key (`keyID`).
        package let lab: String
        package let kind: DisclosureClass
        /// Bytes after compression.
        package let cost: Int64
        /// Rows of datasets.
        package let rows: Int64

        package init(lab: String, kind: DisclosureClass, cost: Int64, rows: Int64 = 0) {
            (self.lab, self.kind, self.cost, self.rows) = (lab, kind, cost, rows)
        }
    }

    private struct Account: Hashable {
        let lab: String
        let kind: DisclosureClass
        /// Nil for all together.
        let person: String?
    }

    private var bytes: [Account: Int64] = [:]
    private var rows: [Account: Int64] = [:]

    package init() {}

    /// What one person was shown of one class of a lab's files, or all together were.
    package struct Total: Hashable, Sendable {
        package let lab: String
        package let kind: DisclosureClass
        /// Nil for all together.
        package let person: String?
        package let bytes: Int64
        package let rows: Int64

        package init(lab: String, kind: DisclosureClass, person: String?, bytes: Int64, rows: Int64) {
            (self.lab, self.kind, self.person, self.bytes, self.rows) = (lab, kind, person, bytes, rows)
        }
    }

    package var totals: [Total] {
        bytes.map { account, bytes in
            Total(lab: account.lab, kind: account.kind, person: account.person, bytes: bytes, rows: rows[account, default: 0])
        }
    }

    package init(_ totals: [Total]) {
        for total in totals {
            let account = Account(lab: total.lab, kind: total.kind, person: total.person)
            bytes[account] = total.bytes
            if total.rows > 0 { rows[account] = total.rows }
        }
    }

    /// Bytes shown to `person`; without a name, to all.
    package func spent(_ lab: String, _ kind: DisclosureClass, by person: String? = nil) -> Int64 {
        bytes[Account(lab: lab, kind: kind, person: person), default: 0]
    }

    /// Rows of the lab's datasets shown to `person`.
    package func rows(_ lab: String, by person: String) -> Int64 {
        rows[Account(lab: lab, kind: .datasets, person: person), default: 0]
    }

    /// What may still be shown to `person`: the lesser of what is left to them and to all.
    package func left(_ terms: EngagementTerms, _ kind: DisclosureClass, to person: String) -> Int64 {
        let budget = terms.budget(kind)
        return max(0, min(budget.person - spent(terms.lab, kind, by: person), budget.total - spent(terms.lab, kind)))
    }

    /// Books a charge against the terms. Throws `budgetSpent`, and then nothing is booked.
    package mutating func charge(_ charge: Charge, to person: String, terms: EngagementTerms) throws(ClearanceError) {
        let left = left(terms, charge.kind, to: person)
        guard charge.cost <= left else {
            throw ClearanceError(.budgetSpent, "this would show \(charge.cost) bytes of \(charge.kind.rawValue), and the terms leave "
                + "'\(person)' \(left): ask for less, or have the lab and the authority sign new terms")
        }
        book(charge, to: person)
    }

    /// Books what the ledger says was shown.
    package mutating func book(_ charge: Charge, to person: String) { add(charge, person, sign: 1) }

    /// Takes back what was charged for a look that was then not recorded, and so not shown.
    package mutating func refund(_ charge: Charge, to person: String) { add(charge, person, sign: -1) }

    private mutating func add(_ charge: Charge, _ person: String, sign: Int64) {
        for holder in [person, nil] {
            let account = Account(lab: charge.lab, kind: charge.kind, person: holder)
            bytes[account, default: 0] += sign * charge.cost
            if charge.rows > 0 { rows[account, default: 0] += sign * charge.rows }
        }
    }
}
