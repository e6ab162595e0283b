import AuditCrypto
import CanonicalEncoding

/// The people cleared on this appliance, with their keys, roles and sides. The clearing authority signs it; each
/// version takes the place of the one before.
///
/// A JCS object: `expires`, `issued`, `people`, `type`, `v`, `version`, and perhaps `approvals`.
package struct Roster: Hashable, Sendable {
    package static let document = SignedDocument(type: "assay-roster", payloadType: "application/vnd.assay.roster+json")

    /// From 1; a higher one takes the place of a lower.
    package let version: Int64
    package let issued: Timestamp
    /// From then on nothing is granted until a newer roster is there.
    package let expires: Timestamp
    package let people: [Person]
    /// Where others must agree, for what concerns the appliance.
    package let approvals: ApprovalPolicy

    private static let maximumPeople = 256
    static let maximumKeys = 8

    /// Throws `badRoster` for a bad or repeated name, a person without a role or a key, or a key that two persons (or
    /// one person twice) would hold: then one of them could act as both.
    package init(
        version: Int64, issued: Timestamp, expires: Timestamp, people: [Person], approvals: ApprovalPolicy = .standard
    ) throws(ClearanceError) {
        guard version >= 1 else { throw ClearanceError(.badRoster, "a roster's versions count from 1") }
        guard issued.unixSeconds < expires.unixSeconds else {
            throw ClearanceError(.badRoster, "the roster expires at \(expires.rfc3339), before it was issued")
        }
        guard (1...Self.maximumPeople).contains(people.count) else {
            throw ClearanceError(.badRoster, "a roster has 1 to \(Self.maximumPeople) people; this has \(people.count)")
        }
        var names: Set<ExactString> = [], holders: [[UInt8]: String] = [:]
        for person in people {
            guard Person.isValid(name: person.name) else {
                throw ClearanceError(.badRoster, "'\(person.name.prefix(64))' is no name for a person: use 1 to 64 of a-z, 0-9, "
                    + "'.', '_', '-' and '@', beginning with a letter")
            }
            guard names.insert(ExactString(person.name)).inserted else {
                throw ClearanceError(.badRoster, "two people are called '\(person.name)'")
            }
            guard !person.roles.isEmpty, Set(person.roles).count == person.roles.count else {
                throw ClearanceError(.badRoster, "'\(person.name)' has no role, or one twice")
            }
            guard (1...Self.maximumKeys).contains(person.keys.count) else {
                throw ClearanceError(.badRoster, "'\(person.name)' has \(person.keys.count) keys; 1 to \(Self.maximumKeys) are allowed")
            }
            for key in person.keys {
                // By the bare key: enrolled for two applications it would still be one thing in one hand.
                if let other = holders.updateValue(person.name, forKey: key.key.bytes) {
                    throw ClearanceError(.badRoster, "key \(key.fingerprint) is held by '\(other)' and by '\(person.name)'; "
                        + "each key belongs to one person")
                }
                guard !person.needsVerification || key.application != nil else {
                    throw ClearanceError(.badRoster, "'\(person.name)' is to be verified at each signature, which takes security "
                        + "keys; \(key.fingerprint) is none")
                }
            }
        }
        (self.version, self.issued, self.expires, self.people, self.approvals) = (version, issued, expires, people, approvals)
    }

    package init(json: [UInt8]) throws(ClearanceError) {
        let root: JSONField, version: Int64, issued: Timestamp, expires: Timestamp, approvals: ApprovalPolicy
        var people: [Person] = []
        do {
            root = try Self.document.root(json, members: ["approvals", "expires", "issued", "people", "version"])
            version = try root.field("version").integer(in: 1...Int64.max)
            (issued, expires) = (try root.field("issued").timestamp(), try root.field("expires").timestamp())
            for person in try root.field("people").array(maxCount: Self.maximumPeople) { people.append(try Person(person)) }
            approvals = try ApprovalPolicy(root.optional("approvals"), for: Occasion.ofTheAppliance)
        } catch {
            throw ClearanceError(.badRoster, "not a roster: \(error)")
        }
        try self.init(version: version, issued: issued, expires: expires, people: people, approvals: approvals)
    }

    /// The canonical bytes (RFC 8785).
    package func encoded() throws(ClearanceError) -> [UInt8] {
        var root: JSONObject = [
            "expires": .string(expires.rfc3339), "issued": .string(issued.rfc3339), "people": .array(people.map(\.json)),
            "version": .integer(version),
        ]
        root["approvals"] = approvals.json
        do { return try Self.document.encoded(root) } catch {
            throw ClearanceError(.badRoster, "the roster cannot be written: \(error)")
        }
    }

    package func person(named name: String) -> Person? {
        people.first { ExactString($0.name) == ExactString(name) }
    }

    /// For `ssh-keygen -Y verify` and for a bundle's trust anchors: everybody's keys, for requests only.
    package var allowedSigners: AllowedSigners {
        AllowedSigners(entries: people.flatMap { person in
            person.keys.map { AllowedSigners.Entry(principals: [person.name], namespaces: [Request.namespace], key: $0) }
        })
    }
}
