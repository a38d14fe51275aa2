"""The test kit, inherited as an author would; and that each contract notices what it is for."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.domain.answers import ARTIST_CHECKS, CHECKS
from mcma_plugins import (
    Adapter,
    FoundFile,
    FoundFolder,
    IndexableSource,
    Plugin,
    PluginContext,
    PluginSettings,
    RootUnusable,
    SourceHealth,
)
from mcma_plugins.adapters import ASGIApp, Receive, Scope, Send
from mcma_plugins.enrichers import (
    ARTIST_FIELDS,
    TRACK_FIELDS,
    Candidate,
    KnownAlbum,
    KnownArtist,
    KnownTrack,
    Reason,
)
from mcma_plugins.errors import McmaError
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.services import Services
from mcma_plugins.testing import (
    AdapterContract,
    EnricherContract,
    FakeContext,
    FakeJob,
    PluginContract,
    SourceContract,
    request,
)
from mcma_plugins.values import Caller


class Folders:
    name = "folders"

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")

    def walk(self, root: bytes) -> Iterator[FoundFolder]:
        if not os.path.isdir(root):  # noqa: PTH112
            raise RootUnusable("not there")
        for path, _, names in os.walk(root):
            files = tuple(found for name in sorted(names) if (found := self._file(path, name)))
            yield FoundFolder(os.path.relpath(path, root) if path != root else b"", files)

    def _file(self, path: bytes, name: bytes) -> FoundFile | None:
        full = Path(os.fsdecode(path)) / os.fsdecode(name)
        status = full.lstat()
        return (
            None if full.is_symlink() else FoundFile(name, status.st_size, status.st_mtime_ns, status.st_ino)
        )


class Careless(Folders):
    """Follows links."""

    def walk(self, root: bytes) -> Iterator[FoundFolder]:
        for path, _, names in os.walk(root, followlinks=True):
            yield FoundFolder(path, tuple(FoundFile(name, 0, 0, 0) for name in names))


async def _app(services: Services, scope: Scope, send: Send) -> None:
    try:
        await services.catalogue.libraries(Caller(user_id=None, name=""))  # type: ignore[arg-type]
        status = 200 if scope["path"].endswith("/libraries") else 404
    except McmaError:
        status = 503
    await send({"type": "http.response.start", "status": status, "headers": [(b"X-Test", b"1")]})
    await send({"type": "http.response.body", "body": b"body"})


def build(services: Services) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await _app(services, scope, send)

    return app


def build_careless(services: Services) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await services.catalogue.libraries(Caller(user_id=None, name=""))  # type: ignore[arg-type]

    return app


class Knower:
    name = "knower"
    identifies = True

    async def track(self, track: KnownTrack) -> Sequence[Candidate]:
        reasons = [Reason("title", 0.5, "same name")]
        return [Candidate("song:1", "Song", 0.5, reasons, tracks={track.id: {"title": "Song"}})]


class Demo(Plugin[PluginSettings]):
    name = "demo"
    summary = "Shows the kit."

    async def start(self, context: PluginContext) -> None:
        await context.values.put("started", True)
        await context.enqueue("demo.run", {}, dedup_key="once")
        await context.enqueue("demo.run", {}, dedup_key="once")


class TestPluginContract(PluginContract):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin[Any]]:
        return Demo

    async def test_what_it_did_can_be_looked_at(self, plugin: Plugin[Any], fake: FakeContext) -> None:
        await plugin.start(fake.context)
        assert fake.values.data == {"started": True}
        assert [job.kind for job in fake.enqueue.jobs] == ["demo.run"]


class TestSourceContract(SourceContract):
    @pytest.fixture
    def source(self) -> IndexableSource:
        return Folders()


class TestAdapterContract(AdapterContract):
    @pytest.fixture
    def adapter(self) -> Adapter:
        return Adapter("/demo", build)

    @pytest.fixture
    def paths(self) -> list[tuple[str, str]]:
        return [("/libraries", "")]


class TestEnricherContract(EnricherContract):
    @pytest.fixture
    def enricher(self) -> Knower:
        return Knower()


@pytest.mark.anyio
async def test_a_candidate_that_names_no_track_is_noticed() -> None:
    class Vague(Knower):
        async def track(self, track: KnownTrack) -> Sequence[Candidate]:
            return [Candidate("r", "it", 0.9, [Reason("title", 1.0, "the same")], {"genres": ["a"]})]

    track = KnownTrack(TrackId(UUID(int=1)), "One")
    with pytest.raises(pytest.fail.Exception, match="names the tracks"):
        await EnricherContract().test_tracks_are_answered_with_candidates(Vague(), track)


@pytest.mark.anyio
async def test_values_by_a_name_that_is_none_are_noticed() -> None:
    class Slip(Knower):
        async def track(self, track: KnownTrack) -> Sequence[Candidate]:
            reasons = [Reason("title", 1.0, "the same")]
            return [Candidate("r", "it", 0.9, reasons, tracks={track.id: {"mood": ["calm"], "title": "It"}})]

        async def artist(self, artist: KnownArtist) -> Sequence[Candidate]:
            return [Candidate("r", "it", 0.9, [Reason("name", 1.0, "the same")], {"title": "Dr"})]

    contract, track = EnricherContract(), KnownTrack(TrackId(UUID(int=1)), "One")
    artist = KnownArtist(ArtistId(UUID(int=3)), "Ann")
    with pytest.raises(pytest.fail.Exception, match=r"no such fields.*: mood$"):
        await contract.test_tracks_are_answered_with_candidates(Slip(), track)
    with pytest.raises(pytest.fail.Exception, match=r"no such fields.*: title$"):
        await contract.test_artists_are_answered_with_candidates(Slip(), artist)


@pytest.mark.anyio
async def test_a_picture_outside_the_folder_is_noticed(tmp_path: Path) -> None:
    class Painter(Knower):
        async def track(self, track: KnownTrack) -> Sequence[Candidate]:
            [found] = await super().track(track)
            return [replace(found, picture="front")]

        async def picture(self, handle: str, into: Path, most_bytes: int) -> Path | None:
            place = into.parent / handle
            place.write_bytes(b"picture")
            return place

    track = KnownTrack(TrackId(UUID(int=1)), "One")
    album, artist = KnownAlbum(AlbumId(UUID(int=2)), "First"), KnownArtist(ArtistId(UUID(int=3)), "Ann")
    with pytest.raises(pytest.fail.Exception, match="a file in the folder"):
        await EnricherContract().test_pictures_are_put_into_the_folder(
            Painter(), album, track, artist, tmp_path / "folder"
        )


def test_the_kit_knows_the_fields_that_core_takes() -> None:
    assert set(CHECKS) == TRACK_FIELDS
    assert set(ARTIST_CHECKS) == ARTIST_FIELDS


@pytest.mark.anyio
async def test_an_answer_that_makes_no_album_of_a_folder_is_noticed() -> None:
    class Vague(Knower):
        async def album(self, album: KnownAlbum) -> Sequence[Candidate]:
            said = {one.id: {"genres": ["a"]} for one in album.tracks}
            return [Candidate("r", "it", 0.9, [Reason("title", 1.0, "the same")], tracks=said)]

    folder = KnownAlbum(AlbumId(UUID(int=2)), "x", tracks=[KnownTrack(TrackId(UUID(int=1)), "One")])
    with pytest.raises(pytest.fail.Exception, match="names the album of each track"):
        await EnricherContract().test_folders_are_answered_with_what_goes_together(Vague(), folder)


def test_a_source_that_follows_links_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    with pytest.raises(pytest.fail.Exception, match="left the root"):
        SourceContract().test_links_out_of_the_root_are_not_followed(Careless(), tmp_path / "music", tmp_path)


@pytest.mark.anyio
async def test_an_adapter_that_lets_errors_through_is_noticed() -> None:
    from mcma_plugins.errors import Unavailable

    adapter = Adapter("/demo", build_careless)
    with pytest.raises(Unavailable):
        await AdapterContract().test_errors_of_core_are_mapped(adapter, [("/x", "")], Unavailable)


@pytest.mark.anyio
async def test_a_request_has_status_headers_and_body() -> None:
    from mcma_plugins.testing import FailingServices

    app = build(FailingServices())
    answer = await request(app, "/libraries", mount="/demo")
    assert (answer.status, answer.headers, answer.body) == (503, {"x-test": "1"}, b"body")


@pytest.mark.anyio
async def test_a_fake_job_keeps_what_it_is_told() -> None:
    job = FakeJob({"id": 1})
    await job.progress(1, 2, "half")
    await job.log("line")
    assert (job.steps, job.lines) == ([(1, 2, "half")], ["line"])
