"""Summaries: which sentences of a Story say the most, and which can stand alone."""
