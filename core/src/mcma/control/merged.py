"""Merges as the command line names and shows them."""

from typing import Any
from uuid import UUID

from mcma.domain.errors import InvalidInput
from mcma.services.identity.merges import MergeView


def merge_id(said: str, command: str) -> UUID:
    """`command` is what prints it."""
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no id.", hint=f"{command} prints it") from None


def told(one: MergeView) -> dict[str, Any]:
    return {
        "id": str(one.id), "reason": one.reason, "loser": one.loser_name, "winner": one.winner_name,
        "loser_id": str(one.loser_id), "winner_id": str(one.winner_id),
        "undone": one.undone_at is not None,
    }  # fmt: skip
