"""The pages of Stories: their lists, one Story, what readers have of it, and new ones."""
