"""What readers ask for in a private chat."""
