"""Queries on Appeals and on the clicks on their links."""
