"""A mock in several processes: workers share its port, and one process holds its plan, its stores and its journal.

A worker answers by itself what follows from a request alone, as chats do while no plan is in force. For all else it
asks: rules count every request once, whichever worker took it, and a value that one has put another can get.
"""
