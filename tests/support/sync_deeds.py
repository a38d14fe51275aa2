"""What people do on their devices, as rules: see `tests/system/sync/test_sync_machine.py`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from mcma_client.clock import uuid7
from mcma_client.positions import appended
from tests.support.sync_model import Model
from tests.support.sync_phone import Phone
from tests.support.sync_world import HIDDEN, PEOPLE, Seed, World

DEVICES = ("ada", "ada", "ben", "ben")
which = st.integers(0, len(DEVICES) - 1)
small = st.integers(0, 6)
person = st.sampled_from(PEOPLE)
kinds = st.sampled_from(["track", "album", "artist"])
claims = st.sampled_from(HIDDEN)
marks = st.sampled_from([{"position_ms": 5}, {"position_ms": 9, "comment": "here"}, {"comment": "there"}])
updates = st.sampled_from(
    [{"name": "New"}, {"name": "Newer", "comment": "x"}, {"public": True}, {"public": False}]
)
DAY = 86_400.0


class Deeds(RuleBasedStateMachine):
    """`seed` and `folder` are set by who runs it."""

    seed: ClassVar[Seed]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self._world = self.seed.copied(self.folder / uuid4().hex)
        self.world: World = self._world.__enter__()
        self.model = Model()
        self.phones = [Phone(self.world, name, index) for index, name in enumerate(DEVICES)]
        self.playlists: dict[str, list[str]] = {name: [] for name in PEOPLE}

    def _note(self, phone: Phone) -> None:
        self.model.note(phone.name, phone.done())

    def _track(self, number: int) -> str:
        return self.seed.tracks[number % len(self.seed.tracks)]

    def _item(self, kind: str, number: int) -> str:
        listed = {"track": self.seed.tracks, "album": self.seed.albums, "artist": self.seed.artists}[kind]
        return listed[number % len(listed)]

    def _known(self, phone: Phone, number: int) -> str | None:
        """A playlist that this device knows of."""
        seen = phone.client.see.playlists()
        known = [one for one in self.playlists[phone.name] if one in seen]
        return known[number % len(known)] if known else None

    # What people do on their devices

    @rule(on=which, kind=kinds, number=small, liked=st.booleans())
    def like(self, on: int, kind: str, number: int, liked: bool) -> None:
        self.phones[on].client.record.like(kind, self._item(kind, number), liked)
        self._note(self.phones[on])

    @rule(on=which, kind=kinds, number=small, rating=st.integers(0, 5))
    def rate(self, on: int, kind: str, number: int, rating: int) -> None:
        self.phones[on].client.record.rate(kind, self._item(kind, number), rating)
        self._note(self.phones[on])

    @rule(on=which, number=small, ms=st.sampled_from([100, 240_000]), ago=st.integers(0, 100))
    def play(self, on: int, number: int, ms: int, ago: int) -> None:
        phone = self.phones[on]
        phone.client.record.play(self._track(number), ms, phone.clock() - timedelta(seconds=ago))
        self._note(phone)

    @rule(on=which, claim=claims)
    def play_what_is_not_here(self, on: int, claim: str) -> None:
        said = {"claim": {"title": claim, "artists": ["Ann Ash"]}, "ms_played": 240_000}
        self.phones[on].client.record.event("play", said)
        self._note(self.phones[on])

    @rule(on=which, number=small, said=marks)
    def bookmark(self, on: int, number: int, said: dict[str, Any]) -> None:
        self.phones[on].client.record.bookmark(self._track(number), **said)
        self._note(self.phones[on])

    @rule(on=which, number=small)
    def drop_bookmark(self, on: int, number: int) -> None:
        self.phones[on].client.record.drop_bookmark(self._track(number))
        self._note(self.phones[on])

    @rule(on=which, numbers=st.lists(small, min_size=1, max_size=4), position=st.integers(0, 3))
    def queue(self, on: int, numbers: list[int], position: int) -> None:
        tracks = [self._track(number) for number in numbers]
        said = {"track_ids": tracks, "current_index": position % len(tracks), "position_ms": position}
        self.phones[on].client.record.queue(**said)
        self._note(self.phones[on])

    @rule(on=which, name=st.sampled_from(["theme", "size"]), value=st.sampled_from([None, 1, "dark", [True]]))
    def set(self, on: int, name: str, value: Any) -> None:
        self.phones[on].client.record.setting(name, value)
        self._note(self.phones[on])

    @rule(on=which, public=st.booleans())
    def create(self, on: int, public: bool) -> None:
        phone = self.phones[on]
        made = phone.client.record.create_playlist(f"List {len(self.playlists[phone.name])}", public=public)
        self.playlists[phone.name].append(made)
        self._note(phone)

    @rule(on=which, which_one=small, said=updates)
    def rename(self, on: int, which_one: int, said: dict[str, Any]) -> None:
        if playlist := self._known(self.phones[on], which_one):
            self.phones[on].client.record.update_playlist(playlist, **said)
            self._note(self.phones[on])

    @rule(on=which, which_one=small)
    def delete(self, on: int, which_one: int) -> None:
        if playlist := self._known(self.phones[on], which_one):
            self.phones[on].client.record.delete_playlist(playlist)
            self._note(self.phones[on])

    @rule(on=which, which_one=small, numbers=st.lists(small, min_size=1, max_size=3))
    def add(self, on: int, which_one: int, numbers: list[int]) -> None:
        if playlist := self._known(self.phones[on], which_one):
            tracks = [self._track(number) for number in numbers]
            self.phones[on].client.record.add_tracks(playlist, tracks)
            self._note(self.phones[on])

    @rule(on=which, which_one=small, claim=claims)
    def add_what_is_not_here(self, on: int, which_one: int, claim: str) -> None:
        phone = self.phones[on]
        if playlist := self._known(phone, which_one):
            rows = phone.client.see.rows(playlist)
            [position] = appended(1, rows[-1].position if rows else None)
            row = {"id": str(uuid7(phone.clock())), "position": position,
                   "claim": {"title": claim, "artists": ["Ann Ash"]}}  # fmt: skip
            phone.client.record.event("playlist.add", {"playlist_id": playlist, "items": [row]})
            self._note(phone)

    @rule(on=which, which_one=small, row=small, to=small)
    def move(self, on: int, which_one: int, row: int, to: int) -> None:
        phone = self.phones[on]
        if (playlist := self._known(phone, which_one)) and (rows := phone.client.see.rows(playlist)):
            phone.client.record.move_row(playlist, rows[row % len(rows)].id, to)
            self._note(phone)

    @rule(on=which, which_one=small, row=small)
    def remove(self, on: int, which_one: int, row: int) -> None:
        phone = self.phones[on]
        if (playlist := self._known(phone, which_one)) and (rows := phone.client.see.rows(playlist)):
            phone.client.record.remove_rows(playlist, [rows[row % len(rows)].id])
            self._note(phone)

    # Time

    @rule(on=which, seconds=st.sampled_from([0.001, 1.0, 20.0, 100.0, 3600.0, 2 * DAY]))
    def time_goes_by(self, on: int, seconds: float) -> None:
        self.phones[on].clock.move(seconds=seconds)

    @rule(on=which, seconds=st.sampled_from([-365 * DAY, -3 * DAY, -300.0, -60.0, 90.0, 600.0, 365 * DAY]))
    def clock_is_set(self, on: int, seconds: float) -> None:
        self.phones[on].clock.time = datetime.now(UTC) + timedelta(seconds=seconds)
