import CQREncode

/// A QR code (ISO/IEC 18004) that holds bytes as they are: byte mode, no character set declared, no structure.
package struct QRSymbol: Hashable, Sendable {
    /// How much of the symbol may be spoilt and still be read: about 7, 15, 25 and 30 percent.
    package enum Level: String, Sendable, CaseIterable {
        case low = "L", medium = "M", quartile = "Q", high = "H"

        fileprivate var code: QRecLevel {
            switch self {
            case .low: QR_ECLEVEL_L
            case .medium: QR_ECLEVEL_M
            case .quartile: QR_ECLEVEL_Q
            case .high: QR_ECLEVEL_H
            }
        }
    }

    /// From 1 to 40; a symbol has 17 + 4 × version modules a side.
    package let version: Int
    package let level: Level
    /// Modules a side.
    package let width: Int
    /// Row by row from the top left; true is dark.
    private let modules: [Bool]

    /// What a version 40 symbol holds in byte mode at level L and at level M (ISO/IEC 18004, table 7).
    package static let largest = 2953, largestAtMedium = 2331
    /// Light modules that must surround a symbol (ISO/IEC 18004, 6.3.8).
    package static let quietZone = 4

    /// The smallest symbol for `bytes` at level M; at a higher level where that costs no larger one, and at level L where
    /// nothing else holds them. Nil where none does: more than 2953 bytes, or none.
    package init?(_ bytes: [UInt8]) {
        guard let smallest = Self(bytes, .medium) else {
            guard let last = Self(bytes, .low) else { return nil }
            self = last
            return
        }
        let better = [Level.high, .quartile].lazy.compactMap { Self(bytes, $0) }.first { $0.version == smallest.version }
        self = better ?? smallest
    }

    private init?(_ bytes: [UInt8], _ level: Level) {
        guard !bytes.isEmpty, bytes.count <= Self.largest,
            let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, level.code)
        else { return nil }
        defer { QRcode_free(code) }
        version = Int(code.pointee.version)
        width = Int(code.pointee.width)
        self.level = level
        guard let data = code.pointee.data else { return nil }
        modules = (0..<width * width).map { data[$0] & 1 == 1 }
    }

    /// Whether a module is dark; outside it is light, as the quiet zone is.
    package func isDark(row: Int, column: Int) -> Bool {
        (0..<width).contains(row) && (0..<width).contains(column) && modules[row * width + column]
    }
}
