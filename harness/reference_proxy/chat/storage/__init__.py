"""What is kept, in SQLite or PostgreSQL: tables, their migrations, and what is asked of them.

    conversations, turns, agents, accounts, usage ► records ► tables        database: sessions, retries, migrations

The one rule: a function that writes can be run twice. A commit whose answer got lost is tried again.
"""
