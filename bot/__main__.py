"""The entry point of `python -m bot`, which is also installed as the command `comeback`."""

from bot.cli.main import main

if __name__ == "__main__":
    main()
