"""The desk's pages of Appeals and Reports."""
