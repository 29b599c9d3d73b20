"""The screens of /preferences and /dayoff."""
