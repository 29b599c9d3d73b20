"""Storage: the tables, and the only code that writes SQL."""
