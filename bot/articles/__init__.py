"""Extraction: turn a fetched page, a file or a pasted text into an Article."""
