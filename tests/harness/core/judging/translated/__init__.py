"""Answers that a target has put into the words of another dialect, judged."""
