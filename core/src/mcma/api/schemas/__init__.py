"""What answers look like, for the OpenAPI document alone: they are never built of these classes.

The tests compare every answer they get with its schema.
"""

from pydantic import BaseModel

from mcma.api.schemas import (
    admin,
    catalogue,
    duplicates,
    enrichment,
    entities,
    fields,
    machinery,
    offline,
    outside,
    people,
    playlists,
    renditions,
    resuming,
    reviews,
    shares,
    stations,
    statistics,
    suggestions,
    sync,
    tags,
    wanted,
)

_MODULES = (
    admin,
    catalogue,
    enrichment,
    entities,
    fields,
    duplicates,
    machinery,
    offline,
    outside,
    people,
    playlists,
    renditions,
    resuming,
    reviews,
    shares,
    stations,
    statistics,
    suggestions,
    sync,
    tags,
    wanted,
)


def models() -> list[type[BaseModel]]:
    """All of them, by name."""
    found = {
        name: one
        for module in _MODULES
        for name, one in vars(module).items()
        if isinstance(one, type)
        and issubclass(one, BaseModel)
        and one is not BaseModel
        and not name.startswith("_")
    }
    return [found[name] for name in sorted(found)]
