"""Handlers for editors: take in and review Stories, push them, follow and correct what was sent."""
