import Glibc

/// The gamma function.
enum GammaFunction {
    /// log Γ(x) for positive `x`. The C library's `lgamma` writes a global; this does not.
    static func logarithm(_ x: Double) -> Double {
        var sign: Int32 = 1
        return lgamma_r(x, &sign)
    }
}
