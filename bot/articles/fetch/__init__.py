"""Fetching pages from the open web, and never from inside our own network."""
