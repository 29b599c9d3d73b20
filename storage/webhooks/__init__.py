"""Rows of Webhooks, of Events, and of what is to be delivered."""
