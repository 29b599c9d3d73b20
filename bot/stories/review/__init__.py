"""Review: what editors decide about a Story, and how it is released."""
