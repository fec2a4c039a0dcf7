"""What happened at the mock: what it sent, and what a client makes of that."""
