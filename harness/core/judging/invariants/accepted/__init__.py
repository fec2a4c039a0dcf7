"""What a client says it accepts: in which codings it gets its answers, and what is said of that."""
