"""What the columns of exported playlists are called, by the programs that are known to export them.

Exportify, TuneMyMusic, Soundiiz, Apple Music and iTunes in their languages, Google Takeout, spreadsheets of
people. Names are compared folded: without case, accents, and signs.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mcma.domain.folding import fold

_NAMES = {
    "title": "title, track name, track, track title, song, song name, song title, name, titel, titre, "
    "título, titolo, nombre, nome, nom, naam, namn, navn, nimi, nazwa, tytuł, název, название, имя, "
    "título da música, titre du morceau, nome brano, låt, ad, şarkı, 曲名, 名前, タイトル, 名称, 歌名, "
    "歌曲, 标题, 이름, 제목",
    "artist": "artist, artists, artist name, artist names, artist name s, artist s, track artist, "
    "artist name 1, interpret, interpreten, künstler, artiste, artistes, interprète, artista, artistas, "
    "artisti, artiest, uitvoerder, wykonawca, umělec, artysta, kunstner, esittäjä, sanatçı, исполнитель, "
    "артист, アーティスト, 艺人, 歌手, 艺术家, 아티스트",
    "album_artist": "album artist, album artist name, album artist name s, album artist names, "
    "albuminterpret, albumkünstler, artiste de l'album, artista del álbum, artista album, artista do álbum",
    "album": "album, album name, album title, release, release name, álbum, albumtitel, titre de l'album, "
    "nombre del álbum, nome album, альбом, アルバム, 专辑, 앨범",
    "duration_ms": "duration ms, track duration ms, length ms, duration milliseconds, dauer ms, durée ms, "
    "duración ms, duration in ms",
    "duration": "duration, track duration, length, time, duration s, duration seconds, dauer, länge, "
    "zeit, durée, duración, durata, duração, duur, tid, tiempo, czas, длительность, время, 時間, 时长",
    "isrc": "isrc, isrc code, track isrc",
    "recording_mbid": "recording mbid, mbid, musicbrainz recording id, musicbrainz track id",
    "added": "added at, added, date added, added date, time added, playlist video creation timestamp, "
    "hinzugefügt, hinzugefügt am, date d'ajout, fecha de inclusión, fecha de adición, data aggiunta",
    "playlist": "playlist name, playlist, playlist title, wiedergabeliste, nom de la playlist, "
    "nombre de la playlist, nombre de la lista, nome playlist",
    "video": "video id, videoid, youtube id, youtube video id, ytid, id vidéo, video kennung",
    "address": "url, link, track url, song url, video url, track link, track uri, uri, spotify uri, "
    "spotify track uri, spotify url, youtube url, web url",
    "path": "location, path, file, file path, filepath, filename, file name, ort, emplacement, ubicación, "
    "posizione, pad, местоположение",
    "track_id": "mcma track id",
    "source": "source",
    "source_id": "source id",
}
_FIELDS = {fold(name.strip()): field for field, names in _NAMES.items() for name in names.split(",")}
_NUMBERED = re.compile(r"artist name ([1-9][0-9]?)", re.ASCII)
"""Google Takeout has a column for each artist."""
_OF_LISTS = frozenset({fold("playlist id"), fold("channel id")})
"""Columns of a table that tells of playlists, not of what is in them."""

Columns = Mapping[str, int]
"""Field to where it stands."""
NONE: Columns = MappingProxyType({})


def columns_of(cells: Sequence[str]) -> Columns:
    """Of several columns for one thing the first. Empty for a line that names nothing to find songs by."""
    found: dict[str, int] = {}
    names = [fold(cell[:200]) for cell in cells]
    for place, name in enumerate(names):
        field = _FIELDS.get(name)
        if field is not None:
            found.setdefault(field, place)
    if not found.keys() & {"title", "isrc", "video", "address", "path", "track_id", "source_id"}:
        return NONE
    return NONE if tells_of_lists(cells) and "video" not in found else found


def tells_of_lists(cells: Sequence[str]) -> bool:
    return not _OF_LISTS.isdisjoint(fold(cell[:200]) for cell in cells)


def further_artists(cells: Sequence[str]) -> list[int]:
    """Where the second artist stands, the third, and so on."""
    found = [(_NUMBERED.fullmatch(fold(cell[:200])), place) for place, cell in enumerate(cells)]
    return [place for match, place in found if match is not None and match[1] != "1"]
