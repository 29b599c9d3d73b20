"""Pages behind the links of Appeals: their fingerprints, and the daily re-check."""
