"""The rows: tables, and the only place that writes SQL."""
