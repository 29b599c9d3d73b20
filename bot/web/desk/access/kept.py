"""What an editor typed into a form of a session that has ended: it is shown, and can be sent again."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was not acted on. `address`: where it was sent. `fields`: name and value of each.

    `has_file`: it had a file, which is not kept.
    """

    address: str
    fields: Sequence[tuple[str, str]]
    has_file: bool

    @property
    def texts(self) -> Sequence[str]:
        """What a person wrote, as against what they chose: it has several words."""
        return [value for _, value in self.fields if len(value.split()) > 1]


async def kept_of(request: web.Request) -> Kept | None:
    """Return the form that a page of ours sent; None if it is too large to be given back."""
    try:
        form = await request.post()
    except web.HTTPRequestEntityTooLarge:
        return None
    fields = [(name, value) for name, value in form.items() if isinstance(value, str) and name != "token"]
    files = [value for value in form.values() if isinstance(value, web.FileField)]
    return Kept(str(request.rel_url), fields, any(one.filename for one in files))
