"""Reads a web page: headline, byline, date, and the paragraphs of the story with their links."""
