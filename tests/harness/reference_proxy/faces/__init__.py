"""Other APIs that clients may speak to the reference proxy."""
