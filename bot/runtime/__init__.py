"""What puts the running bot together: its parts, their start and their end."""
