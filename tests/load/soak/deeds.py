"""What readers do during the week: who takes a day off, leaves, comes back, and turns pages."""

import asyncio
from datetime import datetime, timedelta
from random import Random

from bot.sandbox.world.history import Message
from tests.load.soak import chats
from tests.load.soak.diary import Kind
from tests.load.soak.house import House
from tests.load.soak.people import SilentError
from tests.load.soak.readers import Reader

_ACTING = 0.004  # of the readers, at each publishing hour and for each kind of deed
_OPENED = 40  # gathered messages whose pages are turned, at each moment
_MARGIN = timedelta(minutes=5)  # before the end of a day off, nobody ends it
_ENDS = {Kind.AWAY: Kind.BACK, Kind.STOP: Kind.START, Kind.BLOCK: Kind.RETURN}


class Deeds:
    """Chooses who does what."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._random = Random(seed)
        self._absent: dict[int, Kind] = {}
        self._until: dict[int, datetime] = {}
        self._seen: dict[int, int] = {}

    async def come_and_go(self) -> None:
        """Let some begin or end a day off, leave and come back."""
        readers, number = self._house.diary.readers, self._number()
        self._end_days_off()
        back = [one for one in readers if one.chat in self._absent]
        self._random.shuffle(back)
        acts = [(one, _ENDS[self._absent[one.chat]]) for one in back[: 2 * number]]
        leaving = self._present(3 * number)
        for place, kind in enumerate(_ENDS):
            acts += [(one, kind) for one in leaving[place * number : (place + 1) * number]]
        await asyncio.gather(*(self._act(reader, kind) for reader, kind in acts))
        await self._house.settle()

    async def stop_in_the_middle(self) -> None:
        """Let some say /stop while a push waits for them."""
        await asyncio.gather(*(self._act(reader, Kind.STOP) for reader in self._present(self._number())))

    async def open_some(self) -> None:
        """Turn the pages of some of the gathered messages that came since the last time."""
        world, readers = self._house.telegram.world, self._house.diary.readers
        turning: list[tuple[Reader, Message]] = []
        for reader in self._random.sample(readers, min(len(readers), 20 * _OPENED)):
            if reader.chat not in world.people.blocked and len(turning) < _OPENED:
                turning += [(reader, one) for one in self._new(reader) if chats.is_gathered(one, reader)]
        for reader, message in turning:
            try:
                await self._house.people.open(reader, message)
            except SilentError:
                self._house.problems.append("a tap on a page was not answered")

    def _new(self, reader: Reader) -> list[Message]:
        """Return the bot's messages that were not looked at yet."""
        history, seen = self._house.telegram.world.history(reader.chat), self._seen.get(reader.chat, 0)
        self._seen[reader.chat] = history.last_id
        return [entry.message for entry in history if entry.from_bot and entry.message["message_id"] > seen]

    def _number(self) -> int:
        return max(1, int(len(self._house.diary.readers) * _ACTING))

    def _present(self, number: int) -> list[Reader]:
        present = [one for one in self._house.diary.readers if one.chat not in self._absent]
        return self._random.sample(present, min(number, len(present)))

    def _end_days_off(self) -> None:
        """Forget the days off that ended by themselves."""
        over = [chat for chat, until in self._until.items() if until <= self._house.now() + _MARGIN]
        for chat in over:
            del self._until[chat]
            if self._absent.get(chat) is Kind.AWAY:
                del self._absent[chat]

    async def _act(self, reader: Reader, kind: Kind) -> None:
        if kind in _ENDS:
            self._absent[reader.chat] = kind
        else:
            del self._absent[reader.chat]
        until = await self._house.people.do(reader, kind, self._random.choice([1, 3]))
        self._until.pop(reader.chat, None)
        if until is not None:
            self._until[reader.chat] = until
