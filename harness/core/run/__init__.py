"""What belongs to a whole run: seeds, gates, budgets, and the comparison of two records."""
