"""Stories: taken in, read, summarised, published."""
