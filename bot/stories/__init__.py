"""Use cases around Stories: intake, review, editing, search, Threads."""
