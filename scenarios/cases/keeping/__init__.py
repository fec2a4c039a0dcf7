"""Caches, in memory and in Workers KV."""
