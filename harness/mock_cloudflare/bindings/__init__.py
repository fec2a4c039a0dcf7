"""What a Worker's bindings ask: AI, KV, the Cache API, R2 and the rest, as workerd puts them on the wire."""
