"""Queries on editors and their invitations."""
