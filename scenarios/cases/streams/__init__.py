"""Streams: how they flow, in what pieces they come, and how they end."""
