"""How long a warm walk over many files takes: `python -m tests.bench.walk [files]`."""

import json
import sys
import tempfile
import time
from pathlib import Path

from mcma_local.walk import walk


def make_tree(root: Path, files: int) -> None:
    """Empty files, twelve to an album with a cover, two albums to an artist."""
    for first in range(0, files, 12):
        album = root / f"Artist {first // 24:05d}" / f"Album {first // 12:05d}"
        album.mkdir(parents=True)
        (album / "cover.jpg").touch()
        for number in range(first, min(first + 12, files)):
            (album / f"{number:06d} Title.mp3").touch()


def measure(root: Path) -> dict[str, float]:
    count = sum(len(folder.files) for folder in walk(bytes(root)))
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        sum(len(folder.files) for folder in walk(bytes(root)))
        seconds.append(time.perf_counter() - began)
    return {"files": count, "seconds": round(min(seconds), 4)}


def main(files: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_tree(Path(folder), files)
        print(json.dumps(measure(Path(folder))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
