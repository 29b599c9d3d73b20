"""Rows of Broadcasts, and what they show and count."""
