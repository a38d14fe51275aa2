"""mcma enrich"""

from typing import Any, Literal

from cyclopts import App

from mcma.cli.changes import change_lines
from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say, table, when
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json, failed_with

app = App(
    name="enrich",
    help="What plugins know of music: asked about some of it or all, taken, refused, and taken back.",
    usage="Usage: mcma enrich [OPTIONS]\n       mcma enrich COMMAND [OPTIONS]",
)
_OUTCOMES = Literal["review", "applied", "nothing", "kept", "refused", "undone", "superseded"]


@app.default
def ask(
    *,
    album: list[str] | None = None,
    track: list[str] | None = None,
    artist: list[str] | None = None,
    library: str | None = None,
    folder: str | None = None,
    all: Flag = False,
    enricher: list[str] | None = None,
    dry_run: Flag = False,
    wait: Flag = False,
    json: Json = False,
) -> None:
    """Have plugins asked what they know, whatever was asked before.

    Parameters
    ----------
    album
        The id of an album; may be given several times.
    track
        The id of a track. One on an album is asked about with its album.
    artist
        The id of an artist.
    library
        Everything in this library.
    folder
        With a library: only what lies in this folder of it and below, such as "Nina Simone/Singles".
    all
        Everything there is.
    enricher
        Only this one; may be given several times.
    dry_run
        Show what would come of it, and change nothing. Each plugin is asked about the first 20.
    wait
        Come back when it is done.
    """
    named = (("album", album), ("track", track), ("artist", artist))
    items = [[kind, id_] for kind, ids in named for id_ in ids or ()]
    if sum((bool(items), library is not None, all)) != 1:
        from mcma.domain.errors import InvalidInput

        raise InvalidInput("Say --album, --track or --artist with ids, --library, or --all.", code="usage")
    if folder is not None and library is None:
        from mcma.domain.errors import InvalidInput

        raise InvalidInput("Say the library of the folder: --library NAME --folder PATH.", code="usage")
    wait = wait or dry_run
    asked = {"items": items, "library": library, "folder": folder, "everything": all, "enrichers": enricher,
             "dry_run": dry_run, "wait": wait}  # fmt: skip
    with progress(quiet=not wait) as on_event:
        found = execute("enrich.ask", asked, on_event, running_jobs=wait)
    if json:
        as_json(found)
    elif found["state"] == "queued":
        say(f"queued as job {found['job']}")
    elif found["state"] == "succeeded":
        _rehearsed(found["result"]) if dry_run else _asked(found["result"] or {})
    _check(found)


@app.command
def status(*, json: Json = False) -> None:
    """Show how much stands where with each plugin that knows more, and why it waits: `mcma enrich list` says
    what."""
    found = execute("enrich.status", {})
    if json:
        as_json(found)
        return
    rows = [
        (one["name"], _condition(one), *(str(one["states"].get(name, 0)) for name in _STATES))
        for one in found
    ]  # fmt: skip
    head = ("Name", "Condition", "Enriched", "Review", "Nothing", "Waiting", "Failed")
    table(head, rows, _NOBODY)
    for one in found:
        if one["reason"]:
            note(f"{one['name']}: {one['reason']}")


@app.command(name="list")
def list_(
    *,
    state: Literal["waiting", "nothing", "review", "enriched", "failed"] | None = None,
    enricher: str | None = None,
    kind: Literal["album", "folder", "track", "artist"] | None = None,
    after: str | None = None,
    limit: int = 50,
    json: Json = False,
) -> None:
    """List what was asked about, where it stands, and why; what came last to the library first.

    Parameters
    ----------
    state
        nothing: the plugin knows of nothing. waiting: it is still to be asked about, or again after a fault.
    enricher
        Only with this plugin.
    kind
        Only these.
    after
        Go on where a page ended: it says with what.
    limit
        How many on a page.
    """
    asked = {"state": state, "enricher": enricher, "kind": kind, "after": after,
             "limit": max(1, min(limit, 500))}  # fmt: skip
    found = execute("enrich.list", asked)
    if json:
        as_json(found)
        return
    rows = [
        (one["item"]["kind"], one["item"]["id"], _named(one), one["enricher"], one["state"], _why(one),
         when(one["due_at"]))
        for one in found["items"]
    ]  # fmt: skip
    table(("Kind", "Id", "About", "Of", "State", "Why", "Asked again"), rows, "There is nothing of that.")
    if found["next"]:
        note(f"There is more: --after {found['next']}")


@app.command
def reviews(
    *,
    outcome: _OUTCOMES | None = "review",
    enricher: str | None = None,
    limit: int = 50,
    json: Json = False,
) -> None:
    """List what people are asked, or what became of other answers.

    Parameters
    ----------
    outcome
        review are questions; applied was taken.
    enricher
        Only answers of this one.
    limit
        How many, the latest first.
    """
    found = execute(
        "enrich.reviews", {"outcome": outcome, "enricher": enricher, "limit": max(1, min(limit, 500))}
    )
    if json:
        as_json(found)
        return
    rows = [
        (one["id"], one["enricher"], _named(one), one["outcome"], _best(one), str(len(one["candidates"])))
        for one in found
    ]  # fmt: skip
    empty = "Nobody is asked anything." if outcome == "review" else "There is no such answer."
    table(("Answer", "Of", "About", "Outcome", "Best", "Candidates"), rows, empty)


@app.command
def show(answer: str, /, *, json: Json = False) -> None:
    """Show an answer, why each candidate has its score, and what it would change.

    Parameters
    ----------
    answer
        Its id.
    """
    found = execute("enrich.show", {"run": answer})
    if json:
        as_json(found)
        return
    say(f"{_named(found)}: {found['outcome']} ({found['enricher']})")
    for place, one in enumerate(found["candidates"], 1):
        refused = " (refused)" if one["refused_at"] else ""
        say(f"{place}. {one['score']:.2f} {one['title']}{refused} {one['link'] or one['ref']}")
        if one["picture_state"]:
            say(f"     picture: {one['picture_state']} {one['picture_reason'] or ''}".rstrip())
        for field, score, why in one["reasons"]:
            say(f"     {field}: {'-' if score is None else f'{score:.2f}'} {why}")
        _differences([{**change, **change["item"]} for change in one["changes"] or []])


@app.command
def accept(answer: str, candidate: int, /, *, json: Json = False) -> None:
    """Take a candidate, whatever was decided before.

    Parameters
    ----------
    answer
        The id of the answer.
    candidate
        Its number, as `mcma enrich show` lists them.
    """
    _told(execute("enrich.accept", {"run": answer, "candidate": candidate}), json=json)


@app.command
def refuse(answer: str, candidate: int | None = None, /, *, json: Json = False) -> None:
    """It is none of them, or not this one; they are never taken by themselves again.

    Parameters
    ----------
    answer
        The id of the answer.
    candidate
        The number of one of them, as `mcma enrich show` lists them.
    """
    _told(execute("enrich.refuse", {"run": answer, "candidate": candidate}), json=json)


@app.command
def undo(answer: str, /, *, json: Json = False) -> None:
    """Take back what was decided last, by a person or by itself.

    Parameters
    ----------
    answer
        The id of the answer.
    """
    _told(execute("enrich.undo", {"run": answer}), json=json)


_NOBODY = "No plugin that knows more of music runs here, or none may ask outside: see docs/enriching.md"
_DECIDED = ("applied", "refused")
_CODES = {
    "changed": "something else is known of it now",
    "folder": "came of what was said of its folder",
    "manual": "a person took it as theirs",
    "not_needed": "has all that could be given",
    "undone": "was taken back",
}
_STATES = ("enriched", "review", "nothing", "waiting", "failed")


def _condition(one: dict[str, Any]) -> str:
    return f"{one['condition']} until {when(one['until'])}" if one["until"] else str(one["condition"])


def _asked(result: dict[str, Any]) -> None:
    for name, count in (result.get("asked") or {}).items():
        say(f"{name}: asked about {count}")
    if not result.get("asked"):
        note(_NOBODY)


def _rehearsed(result: dict[str, Any]) -> None:
    for one in result["answers"]:
        why = one.get("message") or one.get("why")
        about = one["title"] if one["kind"] == "folder" else f"{one['title']} ({one['id']})"
        say(f"{one['enricher']}, {one['kind']} {about}: {one['outcome']}" + (f": {why}" if why else ""))
        for found in one["candidates"]:
            say(f"  {found['score']:.2f} {found['title']} {found['link'] or found['ref']}")
        _differences(one.get("changes") or [])
    if not result["answers"]:
        note("There is nothing to be asked about, or nobody who could be asked: mcma enrich status")
    if result["more"]:
        note("There is more: each plugin was asked about the first 20. Others: --album, --track, --artist.")


def _differences(changes: list[dict[str, Any]]) -> None:
    for line in change_lines(changes):
        say(f"     {line}")


def _told(found: dict[str, Any], *, json: bool) -> None:
    if json:
        as_json(found)
    else:
        back = f". To undo it: mcma enrich undo {found['id']}" if found["outcome"] in _DECIDED else ""
        say(f"{_named(found)}: {found['outcome']}{back}")


def _named(found: dict[str, Any]) -> str:
    item = found["item"]
    title = item["title"] or f"{item['kind']} {item['id']}"
    return f"{item['artist']} - {title}" if item["artist"] else str(title)


def _why(one: dict[str, Any]) -> str | None:
    why: str | None = one["message"] or _CODES.get(one["code"], one["code"])
    return why


def _best(found: dict[str, Any]) -> str:
    return f"{found['candidates'][0]['score']:.2f}" if found["candidates"] else "-"


def _check(found: dict[str, Any]) -> None:
    from mcma.domain.errors import McmaError

    if found["state"] not in ("queued", "succeeded"):
        words = f"The enriching {found['state']}: {failed_with(found)}"
        raise McmaError(words, code="enriching_failed", hint=f"mcma job show {found['job']}")
