"""The conversations: what a chat sends in, and what it gets back."""
