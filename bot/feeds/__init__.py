"""Sources: feeds that are polled, and the entries that become Stories."""
