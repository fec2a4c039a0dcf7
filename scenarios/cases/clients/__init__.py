"""Clients that leave, many clients at once, and what they leave behind."""
