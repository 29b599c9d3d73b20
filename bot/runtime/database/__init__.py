"""The running bot's database: opened, watched, backed up."""
