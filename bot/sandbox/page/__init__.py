"""The chat page: a web page on which one person plays all people of the sandbox."""
