"""Queries on Stories and on what belongs to them: Summaries, Topics, Threads, Translations, Sources."""
