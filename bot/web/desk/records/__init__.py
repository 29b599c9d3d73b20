"""The desk's pages of what was: the audit log, results, and the settings as they are."""
