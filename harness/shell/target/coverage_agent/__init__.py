"""What is put before a target's own modules to measure its code; never imported by edgeproof itself."""
