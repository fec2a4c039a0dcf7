"""A chat service with a layout of its own, which is right, and others that read an answer on wrongly."""
