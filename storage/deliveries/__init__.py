"""Rows that say who was sent what, and who may send now."""
