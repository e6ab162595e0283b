/// The mean squared error of stated probabilities (G. W. Brier, Monthly Weather Review 78, 1950, for two classes) and what
/// it is made of.
package struct BrierScore: Hashable, Sendable {
    package let score: Double
    /// How far the bins' forecasts are from what was observed in them; 0 for a calibrated model.
    package let reliability: Double
    /// How far what was observed in the bins is from the rate of all; the more, the better.
    package let resolution: Double
    /// The variance of outcomes, which no forecast changes.
    package let uncertainty: Double
    /// What forecasts that differ within a bin add: variance less twice the covariance with the outcomes.
    package let withinBins: Double

    /// score = reliability - resolution + uncertainty (A. H. Murphy, Journal of Applied Meteorology 12, 1973) + withinBins
    /// (Stephenson, Coelho and Jolliffe, Weather and Forecasting 23, 2008), exactly.
    /// - Returns: nil without forecasts, or outside of 1 to 10,000 bins.
    package init?(_ forecasts: [Forecast], binning: CalibrationCurve.Binning) {
        guard let curve = CalibrationCurve(forecasts, binning: binning) else { return nil }
        let count = Double(forecasts.count)
        score = forecasts.reduce(0) { sum, forecast in
            let error = forecast.probability - (forecast.outcome ? 1 : 0)
            return sum + error * error
        } / count
        let rate = Double(forecasts.count { $0.outcome }) / count
        uncertainty = rate * (1 - rate)
        reliability = curve.bins.reduce(0) { sum, bin in
            sum + Double(bin.count) * (bin.forecast - bin.observed) * (bin.forecast - bin.observed)
        } / count
        resolution = curve.bins.reduce(0) { sum, bin in
            sum + Double(bin.count) * (bin.observed - rate) * (bin.observed - rate)
        } / count
        withinBins = score - (reliability - resolution + uncertainty)
    }
}
