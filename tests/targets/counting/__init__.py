"""Caching proxies that count their answers in Workers KV, by REST as every proxy outside of Cloudflare does."""
