"""The HTTP face of the service, under `/api/v1`.

    conversations, streaming, agents, keys, usage ► door

The one rule: every handler is behind the door, which gives it the identity of who asks, and nothing else does.
"""
