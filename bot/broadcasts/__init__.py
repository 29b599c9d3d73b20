"""Broadcasts: prepared, started, paused, corrected and counted."""
