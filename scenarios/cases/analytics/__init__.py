"""What targets count of their callers' usage, and what becomes of it when counting fails."""
