"""Rows of Subscribers, and all that belongs to one."""
