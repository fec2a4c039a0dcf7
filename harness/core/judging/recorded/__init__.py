"""What a record holds of a case besides its verdict and its findings: whole exchanges, and claims to point at."""
