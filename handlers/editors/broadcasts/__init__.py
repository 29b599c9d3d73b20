"""What editors do with Broadcasts."""
