"""Conversations like Durable Objects, off unless a file for them is configured: one actor each, kept in SQLite.

A turn's way: `front` takes it by HTTP or from a WebSocket, `actors` lets one turn of a conversation run at a time,
`turns` says what a model is told of it and what is kept, `store` keeps it, `outlets` tell whoever is connected.

The one rule: a turn is kept whole or not at all, and before its end is told. Whoever was told an end can go on from it,
even if the process is killed the moment after.
"""
