"""The desk's pages of Sources, Topics and Threads."""
