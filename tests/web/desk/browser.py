"""A browser of the tests: it keeps its cookie, reads pages, and fills forms in as a person does."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO

from aiohttp import ClientResponse, ClientSession, FormData
from lxml import html
from yarl import URL

from bot.editors.desk_address import PATH

OWNER = 1009


@dataclass
class Answer:
    """What the server answered: the status, the headers, and the page."""

    response: ClientResponse
    body: str

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def page(self) -> html.HtmlElement:
        return html.fromstring(self.body)

    @property
    def text(self) -> str:
        """All words of the page with single spaces between."""
        return " ".join(self.page.text_content().split())

    @property
    def address(self) -> str:
        """Path and query of the page, after all redirects."""
        return self.response.url.path_qs


class Browser:
    """Follows links and sends forms below /desk."""

    def __init__(self, session: ClientSession, origin: str) -> None:
        self._session = session
        self.origin = origin
        self.token = ""

    async def enter(self, link: str) -> Answer:
        """Open a link that lets in, and tap its button."""
        await self.get(URL(link).path)
        answer = await self.post(URL(link).path.removeprefix(PATH), token=None)
        if answer.status == HTTPStatus.OK:
            self.token = answer.page.xpath("//input[@name='token']/@value")[0]
        return answer

    async def get(self, path: str, **headers: str) -> Answer:
        """Load a page; `path` stands below /desk, or begins with it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.get(self._url(path), headers=named) as response:
            return Answer(response, await response.text())

    async def post(
        self,
        path: str,
        fields: Mapping[str, object] | None = None,
        *,
        token: str | None = "",
        origin: str = "",
    ) -> Answer:
        """Send a form. `token`: "" for the session's own, None for none. `origin`: "" for our own."""
        sent = [
            (name, str(one))
            for name, value in (fields or {}).items()
            for one in (value if isinstance(value, list) else [value])
        ]
        if token is not None:
            sent.append(("token", token or self.token))
        headers = {"Origin": origin or self.origin}
        async with self._session.post(self._url(path), data=sent, headers=headers) as response:
            return Answer(response, await response.text())

    async def upload(self, path: str, name: str, data: bytes, fields: dict[str, str] | None = None) -> Answer:
        """Send a form with a file in its field `file`."""
        form = FormData()
        for field, value in {"token": self.token, **(fields or {})}.items():
            form.add_field(field, value)
        form.add_field("file", BytesIO(data), filename=name, content_type="application/octet-stream")
        headers = {"Origin": self.origin}
        async with self._session.post(self._url(path), data=form, headers=headers) as response:
            return Answer(response, await response.text())

    def cookies(self) -> dict[str, str]:
        """Return the cookies that are sent to the desk."""
        found = self._session.cookie_jar.filter_cookies(URL(self._url("/")))
        return {name: one.value for name, one in found.items()}

    def set_cookie(self, name: str, value: str) -> None:
        """Take over a cookie of another browser."""
        self._session.cookie_jar.update_cookies({name: value}, URL(self._url("/")))

    def _url(self, path: str) -> str:
        return self.origin + (path if path.startswith(PATH) else PATH + path)
