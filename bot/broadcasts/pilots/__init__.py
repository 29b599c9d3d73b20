"""Pilot waves: the random part of an Audience that gets a push first."""
