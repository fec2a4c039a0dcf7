"""A chat put into the words of each dialect, as a client of it would ask."""
