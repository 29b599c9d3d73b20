"""The address of the desk: what an editor's browser opens."""

from bot.errors import RefusedError
from bot.i18n import mark

PATH = "/desk"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NOT_OPEN = mark("The desk is not running here. Ask the person who runs this bot to look into its log.")
_NOT_SAFE = mark(
    "The desk needs an https address. Ask the person who runs this bot to set PUBLIC_URL in the file .env."
)


class DeskAddress:
    """Knows where browsers reach the web server, once that has been started."""

    def __init__(self, public_url: str, host: str) -> None:
        """`public_url`: our address behind a proxy, if there is one. `host`: where the server listens."""
        self._public_url = public_url
        self._host = host
        self._port: int | None = None

    def opened(self, port: int) -> None:
        """Note that the web server listens on this port."""
        self._port = port

    @property
    def local(self) -> str:
        """The address on this machine. Raises RefusedError if the server does not listen."""
        if self._port is None:
            raise RefusedError(_NOT_OPEN)
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def mini_app(self) -> str | None:
        """The address that opens the desk in Telegram; None without https, on which Telegram insists."""
        return f"{self._public_url}{PATH}/app" if self._is_public else None

    @property
    def _is_public(self) -> bool:
        return self._public_url.startswith("https://")

    def entry(self, secret: str) -> str:
        """Return the link that lets an editor in. Raises RefusedError if no browser could use it safely."""
        local = self.local
        if self._is_public:
            return f"{self._public_url}{PATH}/enter/{secret}"
        if self._host not in _LOOPBACK:
            raise RefusedError(_NOT_SAFE)
        return f"{local}{PATH}/enter/{secret}"
