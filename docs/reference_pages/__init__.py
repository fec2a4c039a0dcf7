"""The reference, made from the code: a function for each page, which `docs/generate.py` writes or the site takes.

The one rule: a page says what the code says, and gives everything in it a place. A *place* is an anchor that can be
linked to: `cli.md#run--seed`, `target-file.md#chat.path`. Nothing here reads a clock, a socket or the environment.

What is short is written into docs/reference/ and lies beside the code. Faults and cases fill pages by the dozen, which
the site alone has; their tables for people who read the repository are in `fault_injection/` and `scenarios/`.
"""
