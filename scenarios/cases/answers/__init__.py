"""Answers in JSON, native answers, and upstream errors."""
