"""R2: what its two doors share, and the one that speaks S3."""
