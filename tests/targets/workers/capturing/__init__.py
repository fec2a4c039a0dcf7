"""A Worker that captures streams into R2 as it passes them on, and the ways in which that goes wrong."""
