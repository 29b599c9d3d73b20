"""Language: detect it, split texts into sentences and words, and load word lists and rule tables."""
