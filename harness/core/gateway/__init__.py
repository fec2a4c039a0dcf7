"""What a gateway decides and understands, without a socket or a clock: whom it may fault, and what passes through."""
