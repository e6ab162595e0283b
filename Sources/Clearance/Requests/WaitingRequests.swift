import AuditCrypto

/// Requests that wait for others' consent. A value that follows from the ledger alone.
package struct WaitingRequests: Hashable, Sendable {
    package struct Waiting: Hashable, Sendable {
        /// SHA-256 of the signed request, in hexadecimal: its name.
        package let id: String
        package let request: Request
        /// The request as it was signed, and the signature.
        package let bytes: [UInt8]
        package let signature: String
        package let occasion: Occasion
        /// Of the appliance's clock, in seconds; from then on nobody can approve or perform it.
        package let expires: Int64
        /// Who agreed, and the entries that say so.
        package fileprivate(set) var approvals: [Approval] = []

        package init(id: String, request: Request, bytes: [UInt8], signature: String, occasion: Occasion, expires: Int64) {
            (self.id, self.request, self.bytes, self.signature) = (id, request, bytes, signature)
            (self.occasion, self.expires) = (occasion, expires)
        }
    }

    package struct Approval: Hashable, Sendable {
        package let person: String
        package let entry: Int64

        package init(person: String, entry: Int64) { (self.person, self.entry) = (person, entry) }
    }

    private var waiting: [String: Waiting] = [:]

    package init() {}

    /// What waits, oldest first.
    package var all: [Waiting] { waiting.values.sorted { ($0.expires, $0.id) < ($1.expires, $1.id) } }

    package mutating func add(_ request: Waiting) { waiting[request.id] = request }

    /// Takes an approval in, a person's first.
    package mutating func approve(_ id: String, _ approval: Approval) {
        guard waiting[id]?.approvals.contains(where: { $0.person == approval.person }) == false else { return }
        waiting[id]?.approvals.append(approval)
    }

    package mutating func remove(_ id: String) { waiting[id] = nil }

    /// Those whose time is over.
    package func expired(at time: Int64) -> [String] { all.filter { $0.expires <= time }.map(\.id) }

    /// The one whose name starts with `prefix`.
    package func request(_ prefix: String) throws(ClearanceError) -> Waiting {
        let found = waiting.values.filter { $0.id.hasPrefix(prefix) }
        guard let request = found.first, found.count == 1, prefix.utf8.count >= 4 else {
            throw ClearanceError(.unknownRequest, found.count > 1
                ? "'\(prefix.prefix(64))' is the start of \(found.count) requests' names"
                : "no request '\(prefix.prefix(64))' is waiting: it was carried out, refused, withdrawn or too late; "
                    + "assay requests lists those that wait")
        }
        return request
    }

    /// Throws where a request's time is over.
    package static func check(_ request: Waiting, at time: Int64) throws(ClearanceError) {
        guard time < request.expires else {
            throw ClearanceError(.unknownRequest, "the request '\(request.id.prefix(12))' has waited too long: ask for it again")
        }
    }

    /// Whether `person` may agree to it now. Throws why not.
    package func checkApprover(_ person: Person, of request: Waiting, rule: ApprovalRule) throws(ClearanceError) {
        guard person.name != request.request.person else {
            throw ClearanceError(.notPermitted, "nobody approves a request of their own")
        }
        guard !request.approvals.contains(where: { $0.person == person.name }) else {
            throw ClearanceError(.notPermitted, "'\(person.name)' has approved it already")
        }
        guard rule.roles.contains(where: person.roles.contains) else {
            throw ClearanceError(.notPermitted, "it takes \(rule.description)")
        }
    }
}
