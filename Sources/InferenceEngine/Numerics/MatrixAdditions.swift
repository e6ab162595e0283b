/// What is put to a stored matrix: adapters beside it, or floats in its place.
///
/// `@unchecked Sendable`: changed only while no pass runs, by the one task that uses the model.
final class MatrixAdditions: @unchecked Sendable {
    /// Added to every product, in order.
    var adapters: [LowRankAdapter] = []
    /// [rows, columns], read in place of what is stored.
    var trained: FloatBuffer?
}
