import CanonicalEncoding

/// Reading the two JSON texts of a signature, with this module's errors.
enum SignatureJSON {
    /// Far above the 2.5 MB of ten thousand files; log entries in a bundle lie six levels deep.
    static let limits = JSONLimits(maxBytes: 16 << 20, maxDepth: 16, maxValues: 1_000_000)

    /// - Throws: `tooLarge`, or `code` for what is not acceptable JSON.
    static func parse(_ bytes: [UInt8], _ what: String, else code: ModelSignatureErrorCode) throws(ModelSignatureError) -> JSONField {
        do { return JSONField(try StrictJSON.parse(bytes, limits: limits)) } catch {
            switch error.code {
            case .tooLarge, .tooDeep, .tooManyValues: throw ModelSignatureError(.tooLarge, "\(what) is beyond what is read: \(error)")
            default: throw ModelSignatureError(code, "\(what) is not acceptable: \(error); get the file again from its source")
            }
        }
    }

    /// - Throws: `code` for a member that is not what it should be.
    static func members<Value>(
        of what: String, else code: ModelSignatureErrorCode, _ body: () throws(JSONFieldError) -> Value
    ) throws(ModelSignatureError) -> Value {
        do { return try body() } catch { throw ModelSignatureError(code, "\(what) is not as it should be: \(error)") }
    }
}

extension JSONField {
    /// The member named `name`; nil where it is absent, or null, which is the same in protobuf's JSON.
    func present(_ name: String) throws(JSONFieldError) -> JSONField? {
        guard let field = try optional(name), field.value != .null else { return nil }
        return field
    }

    /// Standard or URL-safe base64 with its padding, as DSSE and protobuf allow.
    func base64(maxBytes: Int) throws(JSONFieldError) -> [UInt8] {
        let standard = try string(maxBytes: maxBytes).utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        guard let bytes = Base64.decode(standard[...]) else { throw failure("not canonical base64") }
        return bytes
    }
}
