"""A chat service under load: who asks what, what came of it, and whether the targets of a chat service are held.

    verdict ► targets ► job, measured, service ► api, stream

The one rule: every time is a client's own, or the mock's for the end of upstream's answer, on one monotonic clock.
"""
