"""Tags of the demo's files."""

from importlib import import_module
from pathlib import Path
from typing import Any

from mcma.demo.albums import Album
from mcma.demo.pieces import Piece, lyric_times

_flac: Any = import_module("mutagen.flac")
_id3: Any = import_module("mutagen.id3")
_mp3: Any = import_module("mutagen.mp3")
_opus: Any = import_module("mutagen.oggopus")
_wave: Any = import_module("mutagen.wave")


def tag(path: Path, album: Album, piece: Piece, number: int, picture: bytes) -> None:
    if path.suffix in (".mp3", ".wav"):
        _tag_id3(path, album, piece, number, picture)
    else:
        _tag_vorbis(path, album, piece, number, picture)


def lrc(piece: Piece) -> str:
    """Lyrics with times: [mm:ss.xx]line."""
    return "".join(f"[{int(at // 60):02}:{at % 60:05.2f}]{line}\n" for at, line in lyric_times(piece))


def _artists(album: Album, piece: Piece) -> list[str]:
    return [album.artist, *piece.artists]


def _tag_vorbis(path: Path, album: Album, piece: Piece, number: int, picture: bytes) -> None:
    file = _flac.FLAC(path) if path.suffix == ".flac" else _opus.OggOpus(path)
    file["title"], file["album"], file["albumartist"] = piece.title, album.title, album.artist
    file["artist"], file["artists"] = ", ".join(_artists(album, piece)), _artists(album, piece)
    file["date"], file["genre"] = str(album.year), list(album.genres)
    file["tracknumber"], file["tracktotal"] = str(number), str(len(album.pieces))
    if piece.lyrics:
        file["lyrics"] = lrc(piece)
    if path.suffix == ".flac":
        front = _flac.Picture()
        front.type, front.mime, front.data = 3, "image/jpeg", picture
        file.add_picture(front)
    file.save()


def _tag_id3(path: Path, album: Album, piece: Piece, number: int, picture: bytes) -> None:
    file = _mp3.MP3(path) if path.suffix == ".mp3" else _wave.WAVE(path)
    if file.tags is None:
        file.add_tags()
    tags, utf8 = file.tags, _id3.Encoding.UTF8
    for frame, text in (
        (_id3.TIT2, piece.title),
        (_id3.TALB, album.title),
        (_id3.TPE2, album.artist),
        (_id3.TPE1, _artists(album, piece)),
        (_id3.TDRC, str(album.year)),
        (_id3.TCON, list(album.genres)),
        (_id3.TRCK, f"{number}/{len(album.pieces)}"),
    ):
        tags.add(frame(encoding=utf8, text=text))
    tags.add(_id3.APIC(encoding=utf8, mime="image/jpeg", type=3, desc="", data=picture))
    if piece.lyrics:
        times = [(line, round(at * 1000)) for at, line in lyric_times(piece)]
        tags.add(_id3.USLT(encoding=utf8, lang="eng", desc="", text="\n".join(piece.lyrics)))
        tags.add(_id3.SYLT(encoding=utf8, lang="eng", format=2, type=1, desc="", text=times))
    file.save()
