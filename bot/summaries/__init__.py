"""Summaries: choose the sentences of a Story that say the most and can stand alone."""
