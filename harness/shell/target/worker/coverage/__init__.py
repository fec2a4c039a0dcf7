"""A Worker's own code measured while it runs: instrumented as it is bundled, asked what it counted, and reported."""
