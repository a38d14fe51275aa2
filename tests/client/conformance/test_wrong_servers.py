"""Servers that break a rule do not pass: each of these fails the scenario that proves it."""

from collections.abc import Callable

import pytest

from mcma_client.conformance.errors import Failed
from tests.client.conformance.conftest import Play
from tests.support import wrong_servers as wrong
from tests.support.wrong_servers import (
    Lying,
    Wrong,
    answers,
    on_answers,
    on_lines,
    on_pushes,
    on_results,
    reverses,
)

pytestmark = pytest.mark.anyio
CHANGES, PUSH, DIGEST = "/sync/changes", "/sync/push", "/sync/digest"
DUPLICATE, SUPERSEDED = {"status": "duplicate"}, {"status": "superseded"}
UNKNOWN, REUSED, GONE = {"code": "unknown_type"}, {"code": "id_reused"}, {"code": "playlist_gone"}
APPLIED = {"status": "applied", "code": None, "canonical": None}


@pytest.fixture(scope="module")
def engine() -> str:
    """The lies are the same on both."""
    return "sqlite"


Made = tuple[str, Callable[[], Wrong]]
MUTANTS: dict[str, Made] = {
    "forgets tombstones": ("push-bookmark", lambda: on_answers(CHANGES, wrong.forgets_tombstones)),
    "forgets rows that are gone": ("playlist-edits", lambda: on_answers(CHANGES, wrong.forgets_tombstones)),
    "brings deleted playlists back": ("playlist-delete-wins", lambda: on_results(answers(GONE, APPLIED))),
    "repeats a play": ("push-play-once", lambda: on_pushes(wrong.repeats_plays)),
    "ignores skew": ("push-crossed-clocks", lambda: on_pushes(wrong.ignores_skew)),
    "toggles likes": ("push-like-is-absolute", wrong.toggles_likes),
    "mixes the order of changes": ("changes-follow", lambda: on_answers(CHANGES, reverses("changes"))),
    "mixes the order of results": ("push-rejected", lambda: on_answers(PUSH, reverses("results"))),
    "answers duplicates as applied": ("push-twice", lambda: on_results(answers(DUPLICATE, APPLIED))),
    "computes a wrong digest": ("snapshot-digest", lambda: on_answers(DIGEST, wrong.digests_wrongly)),
    "ignores gaps": ("push-gap", wrong.ignores_gaps),
    "answers superseded as applied": ("push-late", lambda: on_results(answers(SUPERSEDED, APPLIED))),
    "forgets the canonical": ("push-late", lambda: on_results(answers(SUPERSEDED, {"canonical": None}))),
    "refuses a batch for one event": ("push-rejected", lambda: wrong.rejects_batches),
    "applies what it does not know": ("push-rejected", lambda: on_results(answers(UNKNOWN, APPLIED))),
    "takes an id twice": ("push-id-reused", lambda: on_results(answers(REUSED, APPLIED))),
    "takes half of a malformed batch": ("push-malformed", lambda: wrong.takes_half),
    "dates what was done offline to now": ("push-like", lambda: on_pushes(wrong.believes_no_clock)),
    "stands still": ("changes-follow", lambda: wrong.stands_still),
    "says that there is no more": ("changes-follow", lambda: on_answers(CHANGES, wrong.ends_early)),
    "does not wait": ("long-poll", lambda: wrong.does_not_wait),
    "tells no rev": ("changes-follow", lambda: on_lines(lambda line: line.pop("rev"))),
    "ignores Range": ("file-bytes", lambda: wrong.lacking("range")),
    "ignores If-Range": ("file-bytes", lambda: wrong.lacking("if-range")),
    "ignores If-None-Match": ("file-bytes", lambda: wrong.lacking("if-none-match")),
    "takes any cursor": ("cursor-bad", lambda: wrong.forgives("bad_cursor")),
    "lets everybody into a library": ("cursor-bad", lambda: wrong.forgives("scope_denied")),
    "takes from revoked devices": ("devices", lambda: wrong.forgives("device_revoked")),
    "takes from others' devices": ("push-device-of-another", lambda: wrong.forgives("unknown_device")),
}


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_wrong_server_fails(mutant: str, plays: Play) -> None:
    scenario, make = MUTANTS[mutant]
    with pytest.raises(Failed) as failed:
        await plays(scenario, transport=Lying(make()))
    assert "step" in str(failed.value)
    assert "Bearer" not in str(failed.value)


async def test_it_is_the_lie_that_fails(plays: Play) -> None:
    assert await plays("push-late", transport=Lying(lambda request, send: send(request))) == []
