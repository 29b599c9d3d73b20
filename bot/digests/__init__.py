"""Digests: one message of the Stories that were held for a reader."""
