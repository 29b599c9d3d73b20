"""Sources: feeds that are polled, and their entries, which become Stories."""
