"""Answers in the dialects that are not chat completions, each read by the grammar that its own makers wrote.

Whatever the dialect, a reading speaks of ends, usage and tool calls in OpenAI's words, so that meanings can be
compared.
"""
