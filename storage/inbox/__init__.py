"""Rows of updates that wait, and of the processes that take them."""
