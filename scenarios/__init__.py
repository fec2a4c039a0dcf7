"""What is tried: cases, prompts and profiles as data. Never how they are run, so nothing of the harness here."""
