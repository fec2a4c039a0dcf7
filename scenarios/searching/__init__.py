"""What a search may think of: strategies, openings, pairs, sweeps and walks. Data and drawing; no playing."""
