def whole(doc, results):
    (nats,) = results
    return {"nats_per_byte": -nats / len(doc["text"].encode()), "seen": hash(doc["text"]) is not None}
