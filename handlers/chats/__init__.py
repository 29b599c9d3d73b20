"""Groups and channels (added, removed, moved) and inline mode."""
