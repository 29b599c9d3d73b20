"""What readers ask for in a chat with the bot: stories, help, privacy, letters to the editors."""
