"""Comeback's product: stories, appeals, subscribers, broadcasts and their delivery."""
