"""The folder of renditions."""

from pathlib import Path

from mcma.services.renditions.files import RenditionFiles
from mcma.store.clock import new_id


def test_a_new_attempt_clears_away_what_killed_ones_left(tmp_path: Path) -> None:
    files, mine, other = RenditionFiles(tmp_path), new_id(), new_id()
    for id_, attempt in ((mine, 1), (other, 1)):
        files.begin(id_, "mp3", attempt).write_bytes(b"half")
    begun = files.begin(mine, "mp3", 2)
    begun.write_bytes(b"h")
    assert [path for _, path in files.parts()] == sorted([files.part(other, "mp3", 1), begun])
    assert files.part(mine, "mp3", 1) != begun, "who reads it clears nothing away"
    assert begun.exists()
