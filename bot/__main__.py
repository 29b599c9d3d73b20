"""`python -m bot …`, also installed as `comeback`."""

from bot.cli.main import main

if __name__ == "__main__":
    main()
