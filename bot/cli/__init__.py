"""The command line: one module for each noun, and the helpers that commands share."""
