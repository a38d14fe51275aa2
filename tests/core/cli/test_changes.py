"""What would change, as people read it."""

from typing import Any

from mcma.cli.changes import MOST, change_lines


def change(track: str, field: str, before: Any, after: Any, kept: str | None = None) -> dict[str, Any]:
    return {"id": track, "title": track.title(), "field": field, "before": before, "after": after,
            "kept": kept is not None, "reason": kept}  # fmt: skip


def test_what_is_the_same_for_several_tracks_is_said_once() -> None:
    years = [change(one, "date", None, "1997") for one in ("one", "two")]
    told = change_lines([*years, change("two", "title", "Two", "Zwei", "person")])
    assert told == ["2 tracks", "  date: nothing -> 1997", "Two", "  title: Two -> Zwei (stays: person)"]


def test_ids_come_last_and_a_track_without_a_title_is_its_id() -> None:
    found = [change("one", "recording_mbid", None, "x"), change("one", "genres", ["a", "b"], ["c"])]
    told = change_lines([{**one, "title": None} for one in found])
    assert told == ["one", "  genres: a, b -> c", "  recording_mbid: nothing -> x"]


def test_names_that_stay_say_what_else_is_another() -> None:
    [_, told] = change_lines([change("one", "artists", [{"name": "Ann"}], [{"name": "Ann", "mbid": "x"}])])
    assert told == "  artists: Ann -> Ann, with another mbid"


def test_credits_say_what_somebody_did() -> None:
    who = [{"name": "Ann", "role": "performer", "detail": "guitar"}, {"name": "Bob", "role": "composer"},
           {"name": "Cy", "role": "artist"}]  # fmt: skip
    [_, told] = change_lines([change("one", "credits", None, who)])
    assert told == "  credits: nothing -> Ann (performer, guitar), Bob (composer), Cy"


def test_what_cannot_be_a_value_says_why() -> None:
    [_, told] = change_lines([change("one", "bpm", None, None, "wrong: bpm must be a number.")])
    assert told == "  bpm: left out, bpm must be a number."


def test_very_many_are_cut_short() -> None:
    told = change_lines([change(str(one), "title", "a", str(one)) for one in range(MOST)])
    assert told[-1] == f"... {MOST} more lines; --json has all"
    assert len(told) == MOST + 1
