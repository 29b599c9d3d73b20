"""From a page, a file or a text to an Article: what was extracted, before it is stored."""
