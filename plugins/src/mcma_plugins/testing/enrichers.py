"""What every enricher and every fingerprinter must do, for its author's tests."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from mcma_plugins.enrichers import (
    ARTIST_FIELDS,
    TRACK_FIELDS,
    AlbumEnricher,
    ArtistEnricher,
    Candidate,
    Enricher,
    Fields,
    Fingerprinter,
    KnownAlbum,
    KnownArtist,
    KnownCredit,
    KnownTrack,
    PictureEnricher,
    TrackEnricher,
)
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.testing.contracts import require

MOST = 20
MOST_PICTURE = 16 * 1024 * 1024
_NO_TRACK = "a candidate names the tracks that it speaks of, also one alone: {track.id: {}}"
_NO_ALBUM = "what is said of a folder names the album of each track that it speaks of: the folder names none"
_NOBODY = KnownCredit("nobody at all")


@pytest.mark.anyio
class EnricherContract:
    """Provisional. Needs a fixture `enricher` that reaches nothing outside; `album`, `track` and `artist`
    should be overridden with something it knows."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def enricher(self) -> Enricher:
        raise NotImplementedError("a fixture `enricher` must return the enricher")

    @pytest.fixture
    def track(self) -> KnownTrack:
        return KnownTrack(TrackId(UUID(int=1)), "zzz unknown zzz", (_NOBODY,), duration_ms=1000)

    @pytest.fixture
    def album(self, track: KnownTrack) -> KnownAlbum:
        return KnownAlbum(AlbumId(UUID(int=2)), "zzz unknown album zzz", (_NOBODY,), tracks=(track,))

    @pytest.fixture
    def folder(self, album: KnownAlbum) -> KnownAlbum:
        """The album with its files in a folder that nobody tagged as an album: what names the album is only
        the folder's name, and a file lies there that is not of it."""
        loose = [replace(one, album=None, album_artists=()) for one in album.tracks]
        other = KnownTrack(TrackId(UUID(int=4)), "zzz other zzz", (_NOBODY,), duration_ms=1000)
        return replace(
            album, version=None, original_date=None, compilation=False, labels=(), catalog_numbers=(),
            tracks=(*loose, other), guessed=frozenset(("title", "artists", "date")),
        )  # fmt: skip

    @pytest.fixture
    def artist(self) -> KnownArtist:
        return KnownArtist(ArtistId(UUID(int=3)), "nobody at all")

    async def test_albums_are_answered_with_candidates(self, enricher: Enricher, album: KnownAlbum) -> None:
        if isinstance(enricher, AlbumEnricher):
            await _check_album(enricher, album)

    async def test_folders_are_answered_with_what_goes_together(
        self, enricher: Enricher, folder: KnownAlbum
    ) -> None:
        """Tracks without an album that lie together; the folder's name says much, little or nothing."""
        if isinstance(enricher, AlbumEnricher):
            for name in (folder.title, ""):
                found = await _check_album(enricher, replace(folder, title=name))
                require(not enricher.identifies or all(map(_makes_an_album, found)), _NO_ALBUM)

    async def test_tracks_are_answered_with_candidates(self, enricher: Enricher, track: KnownTrack) -> None:
        if isinstance(enricher, TrackEnricher):
            found = await enricher.track(track)
            _check(found, TRACK_FIELDS)
            require(all(one.tracks for one in found), _NO_TRACK)
            require(all(one.tracks.keys() <= {track.id} for one in found), "it names other tracks")

    async def test_artists_are_answered_with_candidates(
        self, enricher: Enricher, artist: KnownArtist
    ) -> None:
        if isinstance(enricher, ArtistEnricher):
            found = await enricher.artist(artist)
            _check(found, ARTIST_FIELDS)
            require(not any(one.tracks for one in found), "an artist's values are its `fields`: no tracks")

    async def test_pictures_are_put_into_the_folder(
        self, enricher: Enricher, album: KnownAlbum, track: KnownTrack, artist: KnownArtist, tmp_path: Path
    ) -> None:
        if isinstance(enricher, PictureEnricher):
            for handle in await _handles(enricher, album, track, artist):
                found = await enricher.picture(handle, tmp_path, MOST_PICTURE)
                if found is not None:
                    require(found.parent == tmp_path and found.is_file(), "a picture is a file in the folder")
                    require(found.stat().st_size <= MOST_PICTURE, "it is larger than was asked for")


async def _check_album(enricher: AlbumEnricher, album: KnownAlbum) -> Sequence[Candidate]:
    found = await enricher.album(album)
    _check(found, TRACK_FIELDS)
    require(all(one.tracks for one in found), _NO_TRACK)
    known = {track.id for track in album.tracks}
    require(all(one.tracks.keys() <= known for one in found), "it names tracks that are not of the album")
    again = await enricher.album(album)
    require([one.ref for one in found] == [one.ref for one in again], "asked again, it says something else")
    return found


def _makes_an_album(one: Candidate) -> bool:
    return all({**one.fields, **said}.get("album") for said in one.tracks.values())


async def _handles(
    enricher: Enricher, album: KnownAlbum, track: KnownTrack, artist: KnownArtist
) -> Sequence[str]:
    found: list[Candidate] = []
    if isinstance(enricher, AlbumEnricher):
        found += await enricher.album(album)
    if isinstance(enricher, TrackEnricher):
        found += await enricher.track(track)
    if isinstance(enricher, ArtistEnricher):
        found += await enricher.artist(artist)
    return [one.picture for one in found if one.picture is not None]


def _check(found: Sequence[Candidate], fields: Collection[str]) -> None:
    require(len(found) <= MOST, f"at most {MOST} candidates")
    require(all(isinstance(one, Candidate) for one in found), "an answer is a list of Candidate")
    scores = [one.score for one in found]
    require(all(0 <= score <= 1 for score in scores), "a score is between 0 and 1")
    require(scores == sorted(scores, reverse=True), "the best comes first")
    require(len({one.ref for one in found}) == len(found), "every candidate has a ref of its own")
    require(all(one.ref and one.title and one.reasons for one in found), "ref, title and reasons are needed")
    for one in found:
        _check_names((one.fields, *one.tracks.values()), fields)
        _check_names(one.artists.values(), ARTIST_FIELDS)


def _check_names(said: Iterable[Fields], known: Collection[str]) -> None:
    unknown = sorted({name for fields in said for name in fields} - set(known))
    require(not unknown, f"there are no such fields (`mcma_plugins.enrichers.Fields`): {', '.join(unknown)}")


@pytest.mark.anyio
class FingerprinterContract:
    """Provisional. Needs the fixtures `fingerprinter` and `music` (a file of ten seconds or more)."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def fingerprinter(self) -> Fingerprinter:
        raise NotImplementedError("a fixture `fingerprinter` must return the fingerprinter")

    @pytest.fixture
    def music(self) -> Path:
        raise NotImplementedError("a fixture `music` must return an audio file")

    async def test_the_same_file_has_the_same_fingerprint(
        self, fingerprinter: Fingerprinter, music: Path
    ) -> None:
        made = await fingerprinter.fingerprint(music)
        require(made.raw and len(made.raw) % 4 == 0, "a raw fingerprint is a row of 32-bit numbers")
        require(made.duration_ms > 0, "a fingerprint comes with the length of the recording")
        require(made == await fingerprinter.fingerprint(music), "made again, it differs")

    async def test_what_is_no_music_is_said_to_be_none(
        self, fingerprinter: Fingerprinter, tmp_path: Path
    ) -> None:
        other = tmp_path / "notes.flac"
        other.write_bytes(b"no music at all" * 100)
        with pytest.raises(PermanentError):
            await fingerprinter.fingerprint(other)
