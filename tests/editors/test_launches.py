"""What Telegram says of a Mini App is believed only as it was said, and only to this bot.

The two hashes were computed with openssl, step by step as Telegram documents it, for the token 42:test.
"""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from bot.editors.launches import Launches
from bot.errors import RefusedError
from tests.init_data import TOKEN, init_data

USER = (
    "user=%7B%22id%22%3A2001%2C%22first_name%22%3A%22Edith%20%26%20Co%22%2C%22language_code%22%3A%22de%22%7D"
)
REST = f"query_id=AAH_x&{USER}&auth_date=1767225600"
HASH = "hash=b911c4cee1b3d421a66c593890402b77bfb9ffc9e4fe5f055750152b1123c1ac"
SIGNED = "signature=c2ln_-&hash=938a941b8ca937523a41b18ed40b7f810b9f6d54dfff48494ccd40e0a60b7b78"
EDITH = 2001


@pytest.mark.parametrize(
    "given",
    [
        f"{REST}&{HASH}",
        f"{HASH}&auth_date=1767225600&{USER}&query_id=AAH_x",
        f"{REST}&{SIGNED}",
        f"{REST}&{HASH}".replace("%20", "+"),
    ],
    ids=["as documented", "in another order", "with a signature", "with + for a space"],
)
def test_what_telegram_made_for_this_bot_counts(given: str) -> None:
    """In any order of the fields, and with fields that Telegram added later."""
    launch = Launches(TOKEN).read(given)
    assert (launch.person_id, launch.opened_at) == (EDITH, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "given",
    [
        f"{REST}&{HASH}".replace("2001", "2002"),
        f"{REST}&{HASH}".replace("1767225600", "1767225601"),
        f"{REST}&{HASH}&more=1",
        f"{REST}&{SIGNED}".replace("signature=c2ln_-&", ""),
        f"{USER}&auth_date=1767225600&{HASH}",
        f"{REST}&{HASH}&{USER}",
        f"{REST}&{HASH.upper().replace('HASH', 'hash')}",
        f"{REST}&hash=ü",
        f"{REST}&hash=",
        REST,
        "",
        "rubbish",
        "&" * 9000,
        "a=%ff&hash=1",
        urlencode({f"f{number}": "1" for number in range(100)}),
    ],
    ids=[
        "another person",
        "another time",
        "a field more",
        "a field less",
        "no query_id",
        "a field twice",
        "a hash in capitals",
        "a hash that is none",
        "an empty hash",
        "no hash",
        "nothing",
        "no fields",
        "too long",
        "no UTF-8",
        "too many fields",
    ],
)
def test_what_was_changed_counts_for_nothing(given: str) -> None:
    """Whatever field it is, and whatever is no init data at all."""
    with pytest.raises(RefusedError, match="did not come from Telegram"):
        Launches(TOKEN).read(given)


@pytest.mark.parametrize("token", ["42:other", "43:test", ""])
def test_what_was_made_for_another_bot_counts_for_nothing(token: str) -> None:
    """Neither theirs here, nor ours there."""
    with pytest.raises(RefusedError):
        Launches(TOKEN).read(init_data(EDITH, token=token))
    with pytest.raises(RefusedError):
        Launches(token).read(init_data(EDITH))


def test_without_a_token_nothing_counts() -> None:
    """Everybody could compute the hash for an empty one."""
    with pytest.raises(RefusedError):
        Launches("").read(init_data(EDITH, token=""))


@pytest.mark.parametrize(
    "fields",
    [
        {"user": ""},
        {"user": "[1]"},
        {"user": '{"id": "2001"}'},
        {"user": '{"name": "Edith"}'},
        {"user": "{"},
        {"auth_date": ""},
        {"auth_date": "-1"},
        {"auth_date": "17672256000000"},
        {"auth_date": "١٢"},
    ],
)
def test_who_and_when_have_to_be_there(fields: dict[str, str]) -> None:
    """Even in what is signed, such as that of a Mini App that a channel opened."""
    with pytest.raises(RefusedError):
        Launches(TOKEN).read(init_data(EDITH, **fields))  # type: ignore[arg-type]  # none is `at`


def test_each_launch_has_a_checksum_of_its_own() -> None:
    """The same one twice has the same, another one another."""
    read, later = Launches(TOKEN).read, datetime(2026, 1, 2, tzinfo=UTC)
    assert read(init_data(EDITH)).checksum == read(init_data(EDITH)).checksum
    assert read(init_data(EDITH)).checksum != read(init_data(EDITH, at=later)).checksum
