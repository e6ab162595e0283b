import CanonicalEncoding

/// Seconds since 1970-01-01 UTC as people read them (RFC 3339).
enum Moment {
    static func text(_ seconds: Int64) -> String { Timestamp(unixSeconds: seconds)?.rfc3339 ?? "\(seconds)" }
}
