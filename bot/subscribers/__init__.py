"""Subscribers: who they are, what they prefer, and when they may be written to."""
