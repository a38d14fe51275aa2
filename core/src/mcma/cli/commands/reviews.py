"""mcma reviews"""

from typing import Any, Literal

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say, table
from mcma.cli.values import Flag, Json

app = App(name="reviews", help="What was meant: questions to people, and decisions that can be undone.")

_STATES = {"none": "nobody is asked"}


@app.command(name="list")
def list_(
    *,
    user: str | None = None,
    state: Literal["open", "decided"] | None = "open",
    limit: int = 50,
    json: Json = False,
) -> None:
    """List what people are asked.

    Parameters
    ----------
    user
        Only of this one.
    state
        open or decided.
    limit
        How many, the latest first.
    """
    found = execute("review.list", {"user": user, "state": state, "limit": max(1, min(limit, 500))})
    if json:
        as_json(found)
        return
    rows = [
        (one["claim_id"], one["user"], _named(one["claim"]), one["state"], f"{one['score']:.2f}",
         str(len(one["candidates"])))
        for one in found
    ]  # fmt: skip
    empty = "Nothing was decided." if state == "decided" else "Nobody is asked anything."
    table(("Claim", "User", "What", "State", "Best", "Candidates"), rows, empty)


@app.command
def show(claim: str, /, *, json: Json = False) -> None:
    """Show what was compared with a claim, and why.

    Parameters
    ----------
    claim
        Its id.
    """
    found = execute("review.show", {"claim": claim})
    if json:
        as_json(found)
    else:
        _shown(found)


@app.command
def decide(
    claim: str,
    /,
    candidate: int | None = None,
    *,
    track: str | None = None,
    none: Flag = False,
    user: str | None = None,
    json: Json = False,
) -> None:
    """Say what a claim means. Nothing automatic changes it any more.

    Parameters
    ----------
    claim
        Its id.
    candidate
        The number of the candidate, as `mcma reviews show` lists them.
    track
        The id of a track instead.
    none
        It is none of them.
    user
        Who decides; else the owner of the server.
    """
    if sum((candidate is not None, track is not None, none)) != 1:
        from mcma.domain.errors import InvalidInput

        raise InvalidInput("Say the number of a candidate, --track ID, or --none.", code="usage")
    asked = {"claim": claim, "candidate": candidate, "track": track, "user": user}
    _answered(execute("review.decide", asked), json=json)


@app.command
def undo(claim: str, /, *, user: str | None = None, json: Json = False) -> None:
    """Take back what was decided last, by a person or by itself.

    Parameters
    ----------
    claim
        Its id.
    user
        Whose claim it is; else anybody's.
    """
    _answered(execute("review.undo", {"claim": claim, "user": user}), json=json)


def _answered(found: dict[str, Any], *, json: bool) -> None:
    if json:
        as_json(found)
    else:
        say(f"{_named(found['claim'])}: {_chosen(found)} ({_STATES.get(found['state'], found['state'])})")


def _shown(found: dict[str, Any]) -> None:
    decided = f", it is {_chosen(found)}" if found["state"] == "decided" else ""
    say(f"{_named(found['claim'])}: {_STATES.get(found['state'], found['state'])}{decided}")
    for place, one in enumerate(found["candidates"], 1):
        album = f", {one['album']}" if one["album"] else ""
        say(f"{place}. {one['score']:.2f} {_named(one)}{album} ({one['provider']}) {_where(one)}")
        for field, score, why in one["reasons"]:
            note(f"     {field}: {'-' if score is None else f'{score:.2f}'} {why}")


def _chosen(found: dict[str, Any]) -> str:
    """In the words of the candidate, where it is one of them."""
    where = _where(found)
    named = (_named(one) for one in found["candidates"] if _where(one) == where)
    return "none" if where is None else " ".join([*list(named)[:1], where])


def _where(one: dict[str, Any]) -> str | None:
    return one["track_id"] or (f"{one['source']}:{one['source_id']}" if one["source"] else None)


def _named(said: dict[str, Any]) -> str:
    return f"{', '.join(said['artists']) or '?'} - {said['title']}"
