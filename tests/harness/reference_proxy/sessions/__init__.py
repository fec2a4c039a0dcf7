"""Conversations of the reference proxy."""
