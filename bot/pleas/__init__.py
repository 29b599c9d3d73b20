"""Pleas: find a story's quoted cry for help, its speaker, and the sentences that say how to help."""
