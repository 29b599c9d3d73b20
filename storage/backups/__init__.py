"""Backups: one file with all rows, and the way back into a database."""
