"""The demo: a newsroom with a past, in the sandbox."""
