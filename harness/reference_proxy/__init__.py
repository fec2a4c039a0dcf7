"""The embedded default target: a production-grade streaming proxy in front of Cloudflare Workers AI.

The one rule: this package imports nothing else of the product, and nothing of the product imports it. Its SSE
parser and its idea of the dialects must never become those of the oracle that judges it.
"""
