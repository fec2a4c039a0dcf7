"""What a chat service said and what it must know: its answers read, and a ledger of what was done to it.

    told, shown ► ledger

The one rule: a ledger holds what every correct service knows by then. Where two of them may differ, it says nothing.
"""
