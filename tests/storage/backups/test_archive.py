"""The file of a backup: whatever is damaged in it, it is refused by one sentence."""

from pathlib import Path

import pytest

from storage.backups import archive
from storage.backups.errors import BackupRefusedError
from storage.backups.manifest import NO_BACKUP, SQLITE, Manifest
from tests.factories import NOON


def _reads(file: Path) -> bool:
    """Read all of it; False if it is refused."""
    try:
        with archive.opened(file) as reader:
            reader.verify()
    except BackupRefusedError as refusal:
        assert str(refusal) == NO_BACKUP  # noqa: PT017  # what refuses is asked thousands of times
        return False
    return True


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """The bytes of a small backup."""
    file = tmp_path / "whole.backup"
    with archive.written(file, replace=False, check=lambda: None) as writer:
        with writer.part("rows") as part:
            part.write(b"a row of a table\n" * 20)
        writer.close(Manifest("1", SQLITE, "0001", NOON, tuple(writer.parts)))
    assert _reads(file)
    return file.read_bytes()


def test_a_byte_that_differs_is_no_crash(whole: bytes, tmp_path: Path) -> None:
    """Each byte in turn: what it says is not read, or the backup is refused; contents never differ."""
    file, refused = tmp_path / "damaged.backup", 0
    for place in range(len(whole)):
        for value in (0, whole[place] ^ 1, 255):
            file.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
            refused += not _reads(file)
    assert refused > len(whole)


def test_a_file_that_was_cut_is_refused(whole: bytes, tmp_path: Path) -> None:
    """Wherever it ends."""
    file = tmp_path / "cut.backup"
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert not _reads(file)
