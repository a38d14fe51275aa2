"""The row of an artist from what is said of it. Pure."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from mcma.domain.artistfacts import DETAILS, Said, sort_name_for
from mcma.domain.credits import name_key
from mcma.domain.folding import fold

Row = dict[str, Any]
COLUMNS = ("name", "sort_name", "mbid", "artwork_id")
TOLD = (*COLUMNS, "disambiguation", "sort_key", "name_key", "details", "provenance")
CREDITED = "credited"
"""In the document: what stands below a value that is laid over a column."""


def credited(row: Any) -> Row:
    """What credits say: the columns, or what is kept of those that show something else."""
    kept = (row.details or {}).get(CREDITED, {})
    found = {name: kept.get(name, getattr(row, name)) for name in COLUMNS}
    for name in ("mbid", "artwork_id"):
        found[name] = UUID(found[name]) if isinstance(found[name], str) else found[name]
    return found


def told(
    row: Any, name: str | None, counting: Mapping[str, Said], sort_names: Mapping[str, str], stay: bool
) -> Row:
    """Columns to values. `name` is what most credits say; None, or an artist that shall `stay`: as before."""
    base = credited(row)
    if name is not None and not stay:
        kept = base["sort_name"] if name == base["name"] else name
        base |= {"name": name, "sort_name": sort_names.get(name, kept)}
    over = _over(base, counting)
    made = base | over
    below = {key: _plain(base[key]) for key in COLUMNS if made[key] != base[key]}
    details = {name: counting[name].value for name in DETAILS if name in counting}
    if below:
        details[CREDITED] = below
    shown = {field: one.origin for field, one in sorted(counting.items()) if _shown(field, over)}
    return {
        **made, "sort_key": fold(made["sort_name"]), "name_key": name_key(base["name"]),
        "disambiguation": details.get("disambiguation"), "details": details or None,
        "provenance": shown or None,
    }  # fmt: skip


def _over(base: Row, counting: Mapping[str, Said]) -> Row:
    found = {name: one.value for name in ("name", "sort_name") if (one := counting.get(name))}
    for field, column in (("mbid", "mbid"), ("artwork", "artwork_id")):
        if field in counting:
            found[column] = UUID(counting[field].value)
    if "name" in found and "sort_name" not in found:
        found["sort_name"] = sort_name_for(found["name"], base["name"], base["sort_name"])
    return found


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _shown(field: str, over: Collection[str]) -> bool:
    return field in DETAILS or field in over or (field == "artwork" and "artwork_id" in over)
