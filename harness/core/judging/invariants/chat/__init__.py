"""What a chat service owes its users: that it serves, keeps, shows, counts, and keeps apart.

The one rule: each compares what the service shows with the ledger of its case, and is silent without that claim.
"""
