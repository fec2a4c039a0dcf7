"""Rules about what a target counts of its callers' usage, and how its reports are read."""
