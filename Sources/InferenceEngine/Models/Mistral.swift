/// Mistral (Jiang et al. 2023, "Mistral 7B"): Llama with a window on every layer. llama.cpp calls it Llama, and loses the window.
enum Mistral {
    static let architecture = Architecture(
        modelTypes: ["mistral"], configuration: { configuration throws(EngineError) in try describe(configuration) })

    static func describe(_ configuration: ConfigurationReader) throws(EngineError) -> ModelDescription {
        var model = try configuration.decoder(.init(keyValueHeads: 8))
        model.setWindow(try configuration.window(absent: 4096))
        return model
    }
}
