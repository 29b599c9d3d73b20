"""Editors: their roles, invitations, and what takes two of them."""
