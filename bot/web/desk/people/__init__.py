"""The desk's pages of people: editors, readers, letters."""
