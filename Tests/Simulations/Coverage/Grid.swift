/// The values that the factors take.
enum Grid {
    static let counts = [20, 50, 100, 200, 500]
    static let rates = [0.02, 0.05, 0.1, 0.3, 0.5, 0.8, 0.95]
    static let clusterSizes = [4, 10]
    static let correlations = [0.0, 0.1, 0.3, 0.6]
    /// Sensitivity and specificity of judges.
    static let accuracies = [(0.95, 0.95), (0.9, 0.8), (0.8, 0.98), (0.99, 0.7)]
    /// Labelled responses of each kind.
    static let labelled = [20, 50, 100, 300]
    static let thresholds = [0.05, 0.1, 0.25, 0.5, 0.8, 0.95]
    static let confidence = 0.95
}
