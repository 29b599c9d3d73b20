"""Database engines: addresses, connections, errors, and the version of the tables."""
