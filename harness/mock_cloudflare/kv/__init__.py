"""Workers KV over its REST API: namespaces, values, bulk calls, limits."""
