"""Slopes and paired differences, with honest intervals."""
