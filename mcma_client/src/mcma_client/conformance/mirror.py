"""The server as a reader of the protocol knows it: lines, and what must be true of every one of them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from mcma_client.conformance.account import Account, Answer
from mcma_client.conformance.errors import Failed
from mcma_client.conformance.values import mismatch

Line = dict[str, Any]
Key = tuple[str, str, str]
_MASK = (1 << 64) - 1
_SPREAD = 0x9E3779B97F4A7C15
_MOST_PAGES = 10_000
_PUT = {
    "seq": "$count",
    "scope": "$text",
    "type": "$text",
    "id": "$uuid",
    "op": "put",
    "rev": "$count",
    "data": {},
}
_DEL = {"seq": "$count", "scope": "$text", "type": "$text", "id": "$uuid", "op": "del", "rev": "$count",
        "reason": "$text", "data": "$absent"}  # fmt: skip
_CHANGES = {
    "changes": {"$size": 0},
    "next": "$text",
    "more": "$flag",
    "epoch": "$text",
    "server_time": "$time",
}


class Mirror:
    """All that an account may see, or some scopes of it."""

    def __init__(self, account: Account, scopes: Sequence[str] = ()) -> None:
        self.account, self.scopes = account, list(scopes)
        self.items: dict[Key, Line] = {}
        self.cursor = ""

    def take(self) -> None:
        """Everything, as it is now."""
        lines, self.cursor, _ = snapshot(self.account, self.scopes)
        self.items.clear()
        self.apply(lines)
        self.follow()

    def follow(self) -> None:
        lines, self.cursor, _ = changes(self.account, self.cursor)
        self.apply(lines)

    def apply(self, lines: Iterable[Line]) -> None:
        for line in lines:
            key = (line["scope"], line["type"], line["id"])
            if line["op"] == "put":
                self.items[key] = line
            else:
                self.items.pop(key, None)

    def compare(self) -> None:
        """With the server's digest. What changes meanwhile is followed, three times."""
        for left in (2, 1, 0):
            told = self._digest()
            own = digest(self.items.values())
            if told == own:
                return
            self.follow()
            if not left:
                raise Failed(f"the digest is not that of the lines: {_difference(told, own)}")

    def _digest(self) -> dict[tuple[str, str], tuple[int, str]]:
        told = self.account.good(
            "GET", "/sync/digest", params={"scope": self.scopes} if self.scopes else None
        )
        shape = {"scope": "$text", "type": "$text", "items": "$count", "sum": "$text"}
        if (said := mismatch({"items": {"$each": shape}}, told)) is not None:
            raise Failed(f"the digest: {said}")
        return {(one["scope"], one["type"]): (one["items"], one["sum"]) for one in told["items"]}


def _difference(told: dict[Any, Any], own: dict[Any, Any]) -> str:
    differ = [key for key in sorted(told.keys() | own.keys()) if told.get(key) != own.get(key)]
    return "; ".join(
        f"{' '.join(key)} is {told.get(key)}, the lines make {own.get(key)}" for key in differ[:5]
    )


def digest(lines: Iterable[Line]) -> dict[tuple[str, str], tuple[int, str]]:
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    for line in lines:
        key = (line["scope"], line["type"])
        count, total = totals.get(key, (0, 0))
        added = (UUID(line["id"]).int & _MASK) ^ (line["rev"] * _SPREAD & _MASK)
        totals[key] = (count + 1, total + added & _MASK)
    return {key: (count, f"{total:016x}") for key, (count, total) in totals.items()}


def snapshot(
    account: Account, scopes: Sequence[str] = (), types: Sequence[str] = ()
) -> tuple[list[Line], str, list[str]]:
    """Its lines, its cursor, and the tokens of its pages."""
    asked: dict[str, Any] = {"scope": list(scopes), "type": list(types)}
    lines: list[Line] = []
    pages: list[str] = []
    while len(pages) < _MOST_PAGES:
        answer = account.ask("GET", "/sync/snapshot", params=asked)
        came, last = checked_page(answer)
        lines += came
        if "cursor" in last:
            return lines, last["cursor"], pages
        pages.append(last["page"])
        asked = {"page": last["page"]}
    raise Failed(f"a snapshot that has no end after {_MOST_PAGES} pages")


def checked_page(answer: Answer) -> tuple[list[Line], dict[str, Any]]:
    if answer.status != 200 or not isinstance(answer.body, dict) or "last" not in answer.body:
        raise Failed(f"this is no page of a snapshot\n{answer.told}")
    lines, last = answer.body["lines"], answer.body["last"]
    for line in lines:
        _check(line, answer, _PUT)
    if not isinstance(last, dict) or len({"page", "cursor"} & last.keys()) != 1:
        raise Failed(f"the last line of a page has a page or a cursor, not {last}\n{answer.told}")
    if (said := mismatch("$text", last.get("page", last.get("cursor")), "the last line")) is not None:
        raise Failed(f"{said}\n{answer.told}")
    return lines, last


def changes(account: Account, cursor: str, limit: int = 1000) -> tuple[list[Line], str, int]:
    """All since then, the last `next`, and how many answers it took."""
    lines: list[Line] = []
    for count in range(1, _MOST_PAGES):
        answer = account.ask("GET", "/sync/changes", params={"cursor": cursor, "limit": limit})
        body = checked_changes(answer, limit)
        lines += body["changes"]
        if body["more"] and body["next"] == cursor:
            raise Failed(f"there is more, and `next` is where it was\n{answer.told}")
        cursor = body["next"]
        if not body["more"]:
            return lines, cursor, count
    raise Failed(f"changes that have no end after {_MOST_PAGES} answers")


def checked_changes(answer: Answer, limit: int) -> dict[str, Any]:
    body = answer.body
    if answer.status != 200 or not isinstance(body, dict):
        raise Failed(f"these are no changes\n{answer.told}")
    if (said := mismatch({**_CHANGES, "changes": {"$each": {}}}, body)) is not None:
        raise Failed(f"{said}\n{answer.told}")
    told: list[Line] = body["changes"]
    for line in told:
        _check(line, answer, _DEL if line.get("op") == "del" else _PUT)
    if len(told) > limit:
        raise Failed(f"{len(told)} changes, {limit} were asked for\n{answer.told}")
    seqs = [line["seq"] for line in told]
    if seqs != sorted(seqs):
        raise Failed(f"changes come in the order of seq, not {seqs[:50]}\n{answer.told}")
    keys = [(line["scope"], line["type"], line["id"]) for line in told]
    if len(set(keys)) != len(keys):
        raise Failed(f"an item comes once in an answer\n{answer.told}")
    return body


def _check(line: Line, answer: Answer, shape: dict[str, Any]) -> None:
    said = mismatch(shape, line, "the line")
    if said is None and line["op"] == "del" and line["reason"] == "merged":
        said = mismatch("$uuid", line.get("replaced_by"), "`replaced_by` of a merged item")
    if said is not None:
        raise Failed(f"{said}\n  line: {str(line)[:1000]}\n  asked: {answer.asked}")
