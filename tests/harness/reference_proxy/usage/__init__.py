"""What the reference proxy counts."""
