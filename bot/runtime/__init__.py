"""The running bot: builds its parts, starts them in order, watches them, and stops them in order."""
