"""The contract of a source whose files stay where they are."""

import os
import stat
from pathlib import Path

import pytest

from mcma_plugins.rules import answer_problems
from mcma_plugins.sources import FoundFolder, IndexableSource, RootUnusable
from mcma_plugins.testing.contracts import check_health, require

_STRANGE = b"caf\xe9.mp3"
"""Latin-1: no UTF-8, as found on old disks."""


@pytest.mark.anyio
class SourceContract:
    """Needs a fixture `source` (an `IndexableSource`). Override `root` when its files must be real music."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def source(self) -> IndexableSource:
        raise NotImplementedError("a fixture `source` must return the source")

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "music"
        for name in ("Artist/Album/01 One.mp3", "Artist/Album/02 Two.flac", "Other/Loose.ogg"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(b"not real music")
        return root

    @pytest.fixture
    def folders(self, source: IndexableSource, root: Path) -> list[FoundFolder]:
        return list(source.walk(os.fsencode(root)))

    def test_source_keeps_the_contract(self, source: IndexableSource) -> None:
        problems = answer_problems("", "sources", [source])
        require(not problems, "; ".join(problems))
        require(isinstance(source, IndexableSource), "it has no walk()")

    async def test_health(self, source: IndexableSource) -> None:
        await check_health(source)

    def test_folders_come_once_and_parents_first(self, folders: list[FoundFolder]) -> None:
        seen: set[bytes] = set()
        for folder in folders:
            require(folder.path not in seen, f"{folder.path!r} came twice")
            parent = folder.path.rpartition(b"/")[0]
            require(not folder.path or parent in seen, f"{folder.path!r} came before its parent")
            seen.add(folder.path)

    def test_files_are_there_with_their_size(self, folders: list[FoundFolder], root: Path) -> None:
        found = [(folder.path, file) for folder in folders for file in folder.files]
        require(found, "no file was found")
        for path, file in found:
            status = (root / os.fsdecode(path) / os.fsdecode(file.name)).lstat()
            require(stat.S_ISREG(status.st_mode), f"{file.name!r} is no regular file")
            require(file.size == status.st_size, f"{file.name!r} has another size")

    def test_a_missing_root_is_refused(self, source: IndexableSource, tmp_path: Path) -> None:
        with pytest.raises(RootUnusable):
            next(iter(source.walk(os.fsencode(tmp_path / "not here"))))

    def test_links_out_of_the_root_are_not_followed(
        self, source: IndexableSource, root: Path, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "secret.mp3").write_bytes(b"x")
        (root / "way out").symlink_to(outside)
        (root / "way out.mp3").symlink_to(outside / "secret.mp3")
        files = {file.name for folder in source.walk(os.fsencode(root)) for file in folder.files}
        require(not files & {b"secret.mp3", b"way out.mp3"}, "it left the root by a link")

    def test_names_need_not_be_utf8(self, source: IndexableSource, root: Path) -> None:
        try:
            (root / os.fsdecode(_STRANGE)).write_bytes(b"x")
        except OSError:
            pytest.skip("this file system takes UTF-8 only")
        files = {file.name for folder in source.walk(os.fsencode(root)) for file in folder.files}
        require(_STRANGE in files, "a name that is not UTF-8 was lost")
