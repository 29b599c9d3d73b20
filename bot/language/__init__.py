"""Languages: detection, sentences, words, and the rules and word lists of each."""
