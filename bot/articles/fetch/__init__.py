"""Fetching: get pages from the public web, and never from inside our own network."""
