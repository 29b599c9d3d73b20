"""Rows of Stories, and all that belongs to a Story."""
