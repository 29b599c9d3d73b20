"""Search: Stories by their words, with typing errors, and lists of them."""
