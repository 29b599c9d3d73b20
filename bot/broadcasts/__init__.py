"""Broadcasts: the use cases that prepare, schedule, start, control and correct them."""
