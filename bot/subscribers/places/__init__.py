"""Places: the cities that people name, and their time zones."""
