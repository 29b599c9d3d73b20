"""Sites to fetch from, of the test's own: one that speaks http, and one that speaks https."""

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sites import HOST, Site, opened


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site that speaks http."""
    async with opened(Site()) as made:
        yield made


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for news.example.org that vouches for itself, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    wanted = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /O=Bridge/CN={HOST}"
    files = ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(path), "-out", str(path) + ".crt"]
    subprocess.run([openssl, *wanted.split(), *files], check=True, capture_output=True)  # our own words
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
async def secure_site(certificate: Path) -> AsyncIterator[Site]:
    """A site that speaks https, with that certificate; its own fetcher trusts it."""
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    async with opened(Site(scheme="https", trust=trust), ours) as made:
        yield made
