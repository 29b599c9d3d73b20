"""`comeback run` with a SEND_RATE above what the settings allow: where is the machine's own limit?"""

import os

from bot import logs
from bot.cli.command import run_alone
from bot.config import load
from bot.runtime import process


def main() -> None:
    """Run with the rate of SEND_RATE, whatever it is."""
    rate = float(os.environ.pop("SEND_RATE"))
    settings = load().model_copy(update={"send_rate": rate})
    logs.configure(settings.log_level, settings.log_format)
    run_alone(lambda: process.run(settings))


if __name__ == "__main__":
    main()
