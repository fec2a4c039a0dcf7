"""What a client may ask, and where a proxy may decline."""
