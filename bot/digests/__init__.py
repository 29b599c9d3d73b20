"""Digests: what was held for a reader, gathered into one message."""
