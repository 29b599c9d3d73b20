"""Rows of Appeals and of the clicks on their links."""
