"""The two databases: addresses, connections, the full-text index, and the meaning of errors."""
