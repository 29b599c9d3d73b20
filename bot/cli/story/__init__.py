"""The commands around Stories, and the files that they read."""
