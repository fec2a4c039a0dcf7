"""What is kept, in SQLite or PostgreSQL: tables, their migrations, and what is asked of them.

    turns ► conversations, agents, accounts, usage ► branches, said ► tables
    database ► sharing (of transactions), engines ► patience, sqlite        migrating ► migrations

The one rule: a function that writes can be run twice. A commit whose answer got lost is tried again.
"""
