"""What Comeback is about: stories, appeals, subscribers, delivery."""
