"""Days and hours in words: what a typed text can mean, by a grammar of each language."""
