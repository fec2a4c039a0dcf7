"""Thin I/O: the wire server, the measuring client, the target's process. No judging here."""
