"""Retries, circuit breakers and fallback models."""
