"""Workers that get something wrong, and the one that they all are but for that."""
