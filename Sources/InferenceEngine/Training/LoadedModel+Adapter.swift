import WeightFormats

extension LoadedModel {
    /// An adapter in two files, as PEFT saves it, beside the model's products from now on.
    ///
    /// - Throws: `EngineError` that says what is wrong with it, or why it is not the model's.
    package func attach(_ file: MappedFile, configuration bytes: [UInt8]) throws(EngineError) -> Adapter {
        let adapter = try Adapter(file, configuration: try AdapterConfiguration(json: bytes), model)
        attach(adapter)
        return adapter
    }

    package func attach(_ adapter: Adapter) {
        // What was computed without it is another model's.
        _ = prefixes.forget()
        adapter.attach()
    }

    package func detach(_ adapter: Adapter) {
        _ = prefixes.forget()
        adapter.detach()
    }

    /// Puts the adapter into the model's weights, once and for all.
    package func merge(_ adapter: Adapter) throws(EngineError) {
        _ = prefixes.forget()
        try adapter.merge()
    }
}
