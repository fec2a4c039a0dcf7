"""What a newcomer meets first: a look at a proxy without a target file, and what a first run says of itself."""
