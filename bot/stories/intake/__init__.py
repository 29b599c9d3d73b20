"""Intake: from an Article to a stored Story."""
