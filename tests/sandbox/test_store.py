"""The store: saving the world in a file."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import orjson
import pytest

from bot.sandbox.bot_api.updates import ID_GAP
from bot.sandbox.server import PortTakenError, Sandbox
from bot.sandbox.world.store import StoreError
from tests.paths import REPOSITORY
from tests.waiting import PATIENCE

from .conftest import ANNA, OLENA, OMAR, TOKEN


def kept(path: Path) -> Sandbox:
    return Sandbox(TOKEN, store=path)


async def test_a_second_start_finds_everything(tmp_path: Path) -> None:
    """People, groups, messages, files, commands, blocks and pending updates are restored."""
    path = tmp_path / "deep" / "sandbox.json"
    async with kept(path) as first:
        world = first.world
        marta = world.add_person("Marta", "pl")
        world.start(OLENA, "payload")
        photo = world.send_sample(OLENA, OLENA, "photo")["photo"][0]
        world.block(ANNA)
        world.add_group("Choir", [OLENA, marta.id])
        world.add_readers(10)
        world.updates.allow(["message", "callback_query"])
        await first.api.call("setMyCommands", {"commands": [{"command": "help", "description": "x"}]})
        await first.api.call("sendMessage", {"chat_id": OLENA, "text": "Hello"})
        await first.api.call("setMyDescription", {"description": "x"})
        before = orjson.loads(orjson.dumps(world.dump()))
    async with kept(path) as second:
        after = orjson.loads(orjson.dumps(second.world.dump()))
        for chat in after["chats"].values():
            chat["last_id"] -= ID_GAP
        after["updates"]["next_id"] -= ID_GAP
        assert after == before
        file = second.world.files.find(photo["file_id"])
        assert file is not None
        data = second.world.files.read(file)
        assert data is not None
        assert data.startswith(b"\x89PNG")


async def test_a_file_of_an_earlier_version_lacks_nobody(tmp_path: Path) -> None:
    """A person who came with a later version is there, beside those whom the file knows as they were."""
    path = tmp_path / "sandbox.json"
    async with kept(path) as first:
        first.world.rename(ANNA, name="Anne")
    saved = orjson.loads(path.read_bytes())
    saved["people"]["named"] = [one for one in saved["people"]["named"] if one["id"] != OMAR]
    path.write_bytes(orjson.dumps(saved))
    async with kept(path) as second:
        names = {person.id: (person.name, person.editor) for person in second.world.people}
        assert (names[OMAR], names[ANNA]) == (("Omar", True), ("Anne", False))


async def test_after_a_save_a_kill_loses_nothing(tmp_path: Path) -> None:
    """When `save` has returned, the file has all, also while the sandbox saves by itself."""
    path = tmp_path / "sandbox.json"
    async with kept(path) as sandbox:
        for number in range(20):
            sandbox.world.say(OLENA, OLENA, f"Letter {number}")
            await asyncio.gather(sandbox.save(), sandbox.save())
            saved = orjson.loads(path.read_bytes())["chats"][str(OLENA)]
            assert f"Letter {number}" in orjson.dumps(saved).decode()


async def test_ids_have_a_gap_after_a_restart(tmp_path: Path) -> None:
    """No id is used twice, even if the last changes were not saved."""
    path = tmp_path / "sandbox.json"
    async with kept(path) as first:
        old = first.world.start(OLENA)["message_id"]
        [update] = first.world.updates.take(None, 1)
    async with kept(path) as second:
        assert second.world.start(OLENA)["message_id"] > old + 1
        assert second.world.updates.take(None, 2)[1].id > update.id + 1


async def test_a_torn_write_leaves_the_old_file(tmp_path: Path) -> None:
    """A kill during a write leaves a part beside the file, which is ignored."""
    path = tmp_path / "sandbox.json"
    async with kept(path) as first:
        first.world.start(OLENA)
    (tmp_path / "sandbox.json.new").write_bytes(path.read_bytes()[:50])
    async with kept(path) as second:
        assert [message["text"] for message in second.world.messages(OLENA)] == ["/start"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version":2}', b'{"version":1}', b"\xff\x00"])
async def test_a_damaged_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    """A sentence names the damaged file, and the file is not changed."""
    path = tmp_path / "sandbox.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="start afresh"):
        await kept(path).start()
    assert path.read_bytes() == content


async def test_a_change_is_saved_by_itself(tmp_path: Path) -> None:
    """A running sandbox saves soon after a change."""
    path = tmp_path / "sandbox.json"
    async with kept(path) as sandbox:
        sandbox.world.start(OLENA)
        assert sandbox._store is not None
        assert await sandbox._store.saved.until(path.exists, PATIENCE)
        assert b"/start" in path.read_bytes()


async def test_a_failed_write_is_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A failed write is logged; the next change is saved once it is possible."""
    path = tmp_path / "sandbox.json"
    path.with_name("sandbox.json.new").mkdir()
    async with kept(path) as sandbox:
        sandbox.world.start(OLENA)
        assert sandbox._store is not None
        await sandbox._store.saved.wait()
        assert "could not save" in caplog.text
        path.with_name("sandbox.json.new").rmdir()
        sandbox.world.start(OLENA)
        assert await sandbox._store.saved.until(path.exists, PATIENCE)
    assert path.exists()


KILLED = """
import asyncio, sys
from pathlib import Path
from bot.sandbox.server import Sandbox

async def main():
    async with Sandbox("42:test", store=Path(sys.argv[1])) as sandbox:
        sandbox.world.start(1001)
        while True:
            sandbox.world.say(1001, 1001, "x" * 3000)
            print(flush=True)
            await asyncio.sleep(0.001)

asyncio.run(main())
"""


async def test_kill_9_leaves_a_readable_file(tmp_path: Path) -> None:
    """A process that is killed while it writes leaves a file that the next one can load."""
    path = tmp_path / "sandbox.json"
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, str(path), cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(300):
            await process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    async with kept(path) as sandbox:
        assert len(sandbox.world.messages(OLENA)) > 100


async def test_a_webhook_is_resumed(tmp_path: Path) -> None:
    """A webhook is still set after a restart."""
    path = tmp_path / "sandbox.json"
    async with kept(path) as first:
        await first.api.call("setWebhook", {"url": "http://127.0.0.1:9/hook", "secret_token": "s"})
    async with kept(path) as second:
        assert (await second.api.call("getWebhookInfo", {}))["url"] == "http://127.0.0.1:9/hook"


async def test_a_taken_port_is_one_clear_error() -> None:
    """A second sandbox raises an error that names the port, and leaves nothing open."""
    async with Sandbox(TOKEN) as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(PortTakenError, match=f"Port {port} at 127.0.0.1 is taken"):
            await Sandbox(TOKEN).start(port=port)


@pytest.mark.parametrize("token", ["", "42", "x:y", ":y"])
def test_a_token_without_an_id(token: str) -> None:
    """A token of another form is refused at once."""
    with pytest.raises(ValueError, match="token"):
        Sandbox(token)
