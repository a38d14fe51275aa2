"""What artists are called: as they are credited, or in a language somebody prefers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mcma_musicbrainz.values import Alias, Artist, Credit

MOST_ALIASES: Final = 50
_COUNTRY: Final = re.compile(r"_[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Naming:
    locales: Sequence[str] = ()

    def credits(self, credited: Iterable[Credit]) -> list[dict[str, Any]]:
        return [
            {**self.artist(one.artist, one.name), **({"join": one.join} if one.join else {})}
            for one in credited
        ]

    def artist(self, artist: Artist, credited_as: str | None = None) -> dict[str, Any]:
        alias = self._alias(artist)
        name = alias.name if alias else credited_as or artist.name
        sort = (alias.sort_name if alias else None) or artist.sort_name
        return {"name": name, "mbid": artist.mbid, **({"sort_name": sort} if sort else {})}

    def about(self, artist: Artist, most: int = MOST_ALIASES) -> dict[str, Any]:
        """The fields of an artist, with `most` other names."""
        alias = self._alias(artist)
        said = {
            "name": alias.name if alias else artist.name,
            "sort_name": (alias.sort_name if alias else None) or artist.sort_name,
            "mbid": artist.mbid,
            "disambiguation": artist.disambiguation,
            "type": artist.type,
            "begin": artist.begin,
            "end": artist.end,
            "area": artist.area,
            "aliases": _aliases(artist, alias)[: min(most, MOST_ALIASES)],
            "links": list(artist.links[:MOST_ALIASES]),
        }
        return {name: value for name, value in said.items() if value}

    def _alias(self, artist: Artist) -> Alias | None:
        """In the first of the languages that there is one in: first the primary one, then one of the language
        at large before those of countries."""
        for locale in self.locales:
            found = [one for one in artist.aliases if one.in_use and _is_in(one.locale, locale)]
            if found:
                return max(found, key=lambda one: (one.locale == locale, one.primary))
        return None


def _is_in(said: str | None, locale: str) -> bool:
    """`en_GB` is English; `ja_Latn` was not asked for by who asked for Japanese."""
    return said == locale or (said is not None and _COUNTRY.fullmatch(said.removeprefix(locale)) is not None)


def _aliases(artist: Artist, alias: Alias | None) -> list[dict[str, Any]]:
    own = [Alias(artist.name, artist.sort_name)] if alias else []
    return [
        {"name": one.name, "sort_name": one.sort_name, "locale": one.locale, "primary": one.primary}
        for one in [*own, *artist.aliases]
    ]
