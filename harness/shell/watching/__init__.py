"""What is watched while something plays: memory, descriptors, our own lateness."""
