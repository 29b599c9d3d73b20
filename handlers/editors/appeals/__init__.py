"""What editors do with Appeals and Reports."""
