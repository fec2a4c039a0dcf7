"""The rules about what is counted."""
