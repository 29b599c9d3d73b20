"""Pleas: the quoted cry for help in a Story, its speaker, and the organisation that helps."""
