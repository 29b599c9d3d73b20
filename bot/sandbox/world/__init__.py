"""The people, chats and messages of the sandbox."""
