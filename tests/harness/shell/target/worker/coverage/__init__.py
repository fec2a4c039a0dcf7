"""A Worker's own code measured."""
