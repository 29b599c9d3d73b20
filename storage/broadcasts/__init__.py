"""The rows of Broadcasts: their Audiences, Bodies, Ranges, counts and Cards."""
