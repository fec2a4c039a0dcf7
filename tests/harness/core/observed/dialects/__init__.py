"""The dialects that are not chat completions, read."""
