"""Examples of artists as things of their own."""

from typing import Any


def entity_examples(artist: dict[str, Any]) -> dict[str, Any]:
    alias = {"name": "Eunice Waymon", "sort_name": "Waymon, Eunice", "locale": "en", "primary": False,
             "origin": "plugin:musicbrainz"}  # fmt: skip
    details = {
        **artist, "disambiguation": "American singer", "type": "person", "begin": "1933-02-21",
        "end": "2003-04-21", "area": "Tryon", "links": ["https://www.ninasimone.com/"], "aliases": [alias],
        "origins": {"area": "plugin:musicbrainz", "name": "person"}, "metadata_status": "manual", "rev": 7,
    }  # fmt: skip
    return {"ArtistAlias": alias, "ArtistDetails": details}
