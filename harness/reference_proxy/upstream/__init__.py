"""Calls to Workers AI: connections, endpoints by model, retries, the circuit breaker."""
