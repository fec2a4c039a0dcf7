"""The generator of a chat load: a process of its own that asks, reads what is kept, and notes what it measured."""
