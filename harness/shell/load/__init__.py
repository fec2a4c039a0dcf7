"""Load generators in processes of their own, and the intake of what they measured."""
