"""Rows of updates that wait to be handled, and of the processes that handle them."""
