"""What people install: the wheel holds all that runs, and the image is built of what is there."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from bot.config import Settings
from tests.paths import REPOSITORY

PACKAGES = ("bot", "handlers", "storage")
COMMANDS = (["run"], ["migrate"], ["run", "--role", "web"], ["run", "--role", "worker"])
CONTAINERFILE = REPOSITORY / "Containerfile"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def _files(root: Path) -> set[str]:
    return {
        str(path.relative_to(root))
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_has_every_file_of_the_packages(unpacked: Path) -> None:
    """Tables, templates, word lists and migrations are in it, and nothing else."""
    assert _files(unpacked) == _files(REPOSITORY)


def test_what_is_in_the_wheel_runs(unpacked: Path, tmp_path: Path) -> None:
    """Without the repository, it makes its tables and summarises a story."""
    story = "Rain\nThe river rose on Monday. It reached the school. Many people need a tent now.\n"
    (tmp_path / "story.txt").write_text(story)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(unpacked),
        "DATABASE_URL": f"sqlite:///{tmp_path}/own.db",
    }
    for arguments in (["migrate"], ["summarize", "story.txt"], ["stats"]):
        command = [sys.executable, "-m", "bot", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "own.db").stat().st_size > 0


def _instructions() -> list[tuple[str, str]]:
    """The instructions of the Containerfile, with what follows each."""
    text = re.sub(r"^#.*\n", "", CONTAINERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = (line.split(None, 1) for line in text.splitlines() if line.strip())
    return [(word, rest) for word, rest in lines]


def test_the_image_copies_only_what_is_there_and_sent_to_the_builder() -> None:
    """Each source of a COPY exists, and no ignore file keeps it from the builder."""
    ignored = (REPOSITORY / ".dockerignore").read_text()
    assert ignored == (REPOSITORY / ".containerignore").read_text()
    sent = {line[1:] for line in ignored.splitlines() if line.startswith("!")}
    copied = {
        source
        for word, rest in _instructions()
        if word == "COPY" and not rest.startswith("--from=")
        for source in rest.split()[:-1]
    }
    assert copied == sent
    assert all((REPOSITORY / source).exists() for source in copied)


def test_the_image_runs_as_nobody_special_with_one_volume_and_a_health_check() -> None:
    """Root is gone before the program starts; the database lies in the volume."""
    last_stage = _instructions()[max(n for n, (word, _) in enumerate(_instructions()) if word == "FROM") :]
    found = dict(last_stage)
    assert found["USER"] == "comeback"
    assert found["VOLUME"] == "/data"
    assert "sqlite:////data/" in found["ENV"]
    assert "/live" in found["HEALTHCHECK"]  # no outage makes it fail
    assert found["ENTRYPOINT"] == '["comeback"]'


@pytest.mark.parametrize("name", ["compose.yaml", "compose.postgresql.yaml"])
def test_a_compose_file_names_settings_that_there_are(name: str) -> None:
    """Its services run commands of ours, as nobody special, from the image that the Containerfile makes."""
    services = yaml.safe_load((REPOSITORY / name).read_text())["services"]
    ours = {service: fields for service, fields in services.items() if "build" in fields}
    assert ours
    for fields in ours.values():
        assert {key.lower() for key in fields["environment"]} <= Settings.model_fields.keys()
        assert (REPOSITORY / fields["build"]["dockerfile"]).is_file()
        assert fields["command"] in COMMANDS
        assert (fields["read_only"], fields["cap_drop"]) == (True, ["ALL"])
        assert {*fields.get("depends_on", {})} <= services.keys()
