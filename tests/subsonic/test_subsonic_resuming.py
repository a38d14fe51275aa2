"""Bookmarks and the play queue, as apps save and load them."""

import pytest

from tests.subsonic import fakedata as data
from tests.subsonic.conftest import Ask
from tests.subsonic.fakeserver import FakeServer

FIRST, SECOND, GONE = (f"tr-{data.track_id(number)}" for number in (1, 2, 99))


def test_bookmarks_are_set_listed_and_removed(ask: Ask) -> None:
    assert ask("createBookmark", id=SECOND, position=61_000)["status"] == "ok"
    found = {one["entry"]["id"]: one for one in ask("getBookmarks")["bookmarks"]["bookmark"]}
    assert (found[SECOND]["position"], found[SECOND]["username"]) == (61_000, "admin")
    assert "comment" not in found[SECOND]
    assert (found[FIRST]["comment"], found[FIRST]["changed"]) == ("solo", "2026-01-02T03:04:05.000Z")
    ask("deleteBookmark", id=FIRST)
    assert [one["entry"]["id"] for one in ask("getBookmarks")["bookmarks"]["bookmark"]] == [SECOND]


def test_a_queue_saved_by_id_is_read_both_ways(ask: Ask, server: FakeServer) -> None:
    ask("savePlayQueue", id=[FIRST, SECOND, FIRST], current=SECOND, position=5_000)
    assert server.queues.told == [([data.track_id(n) for n in (1, 2, 1)], 1, 5_000)]
    queue = ask("getPlayQueue")["playQueue"]
    assert (queue["current"], queue["position"], len(queue["entry"])) == (SECOND, 5_000, 3)
    assert (queue["username"], queue["changedBy"]) == ("admin", "test")
    assert ask("getPlayQueueByIndex")["playQueueByIndex"]["currentIndex"] == 1


def test_a_queue_saved_by_index_tells_two_of_the_same_apart(ask: Ask) -> None:
    ask("savePlayQueueByIndex", id=[FIRST, SECOND, FIRST], currentIndex=2)
    assert ask("getPlayQueueByIndex")["playQueueByIndex"]["currentIndex"] == 2
    assert ask("getPlayQueue")["playQueue"]["current"] == FIRST


def test_songs_that_cannot_exist_keep_their_place_for_the_index(ask: Ask, server: FakeServer) -> None:
    ask("savePlayQueue", id=["nonsense", GONE, FIRST], current=FIRST)
    [(tracks, current, position)] = server.queues.told
    assert (len(tracks), tracks[2], current, position) == (3, data.track_id(1), 2, 0)


@pytest.mark.parametrize("method", ["savePlayQueue", "savePlayQueueByIndex"])
def test_saving_without_songs_clears(ask: Ask, method: str) -> None:
    ask("savePlayQueue", id=[FIRST], current=FIRST)
    assert ask(method)["status"] == "ok"
    queue = ask("getPlayQueue")["playQueue"]
    assert queue["entry"] == []
    assert "current" not in queue


@pytest.mark.parametrize(
    ("method", "key"), [("getPlayQueue", "playQueue"), ("getPlayQueueByIndex", "playQueueByIndex")]
)
def test_a_queue_that_was_never_saved_is_empty_and_whole(ask: Ask, method: str, key: str) -> None:
    wanted = {"username": "admin", "changed": "1970-01-01T00:00:00.000Z", "changedBy": "test", "entry": []}
    assert ask(method)[key] == wanted


def test_what_works_is_advertised(ask: Ask) -> None:
    names = [one["name"] for one in ask("getOpenSubsonicExtensions")["openSubsonicExtensions"]]
    assert "indexBasedQueue" in names
