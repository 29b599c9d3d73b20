"""The CSV of subscribers."""
