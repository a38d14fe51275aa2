"""The sync protocol against a real `mcma serve`: a copy of everything, what changed since, and what waits.

`python -m tests.bench.sync [--tracks SMALL LARGE] [--rounds 40]` prints JSON by size. The sizes are there to
compare memory: a snapshot takes as much of it whatever the library has.
"""

import http.client
import json
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from mcma.store.clock import new_id, utcnow
from mcma_client import Client
from tests.bench.served import PASSWORD, USER, Asker, at_two_sizes, cpu_ns, pss_mib, seeded, serving

API, SYNC = "/api/v1", "/api/v1/sync"
PAUSE = 1.0
"""Seconds."""
BATCH = 500
PROBED_PAGES = 8
"""Pages of a snapshot that others wait beside."""


class Page(NamedTuple):
    lines: list[bytes]
    ending: dict[str, str]
    size: int
    """Bytes, squeezed."""


class Wire:
    """A connection of its own, so that it may wait beside others; a new one after a pause, which the server
    may have ended it in."""

    def __init__(self, ask: Asker) -> None:
        self._wire = http.client.HTTPConnection(ask.wire.host, ask.wire.port, timeout=60)
        self._headers = ask.headers
        self._used = 0.0

    def get(self, path: str, **headers: str) -> bytes:
        return self.send("GET", path, None, **headers)

    def send(self, method: str, path: str, body: object, **headers: str) -> bytes:
        if time.monotonic() - self._used > PAUSE:
            self._wire.close()
        sent = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"content-type": "application/json"}
        self._wire.request(method, path, sent, {**self._headers, **kind, **headers})
        answer = self._wire.getresponse()
        found = answer.read()
        self._used = time.monotonic()
        if answer.status >= 300:
            raise AssertionError(f"{path.partition('?')[0]}: {answer.status} {found[:300]!r}")
        return found


def pages(ask: Asker) -> Iterator[Page]:
    wire, token = Wire(ask), ""
    while True:
        raw = wire.get(f"{SYNC}/snapshot{token}", **{"accept-encoding": "gzip"})
        *lines, last = zlib.decompress(raw, wbits=31).splitlines()
        ending = json.loads(last)
        yield Page(lines, ending, len(raw))
        if "page" not in ending:
            return
        token = f"?page={quote(ending['page'])}"


def snapshot(ask: Asker) -> dict[str, Any]:
    """The whole of it, by a client that does nothing but read it."""
    before, begun, lines, size, cursor = cpu_ns(ask.pid), time.perf_counter(), 0, 0, ""
    with watched(ask.pid) as memory:
        for page in pages(ask):
            lines, size = lines + len(page.lines), size + page.size
            cursor = page.ending.get("cursor", cursor)
    seconds, cpu = time.perf_counter() - begun, (cpu_ns(ask.pid) - before) / 1e9
    return {"seconds": round(seconds, 2), "cpu_s": round(cpu, 2), "lines": lines, "bytes": size,
            "cpu_line_us": round(cpu / lines * 1e6, 1), "line_bytes": round(size / lines, 1),
            "peak_mib": max(memory), "cursor": cursor}  # fmt: skip


def replica(ask: Asker) -> float:
    """Seconds until the reference client has a copy that can be asked, from nothing."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Client(Path(folder)) as client:
        client.login(f"http://{ask.wire.host}:{ask.wire.port}", USER, PASSWORD)
        client.sync()
        seconds = time.perf_counter() - begun
        [(tracks,)] = client.store.rows("SELECT count(*) FROM items WHERE type = 'track@1'")
        assert tracks
        return round(seconds, 2)


@contextmanager
def watched(pid: int) -> Iterator[list[float]]:
    """Memory of the server, looked at ten times a second."""
    found, done = [pss_mib(pid)], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            found.append(pss_mib(pid))

    looking = threading.Thread(target=look)
    looking.start()
    yield found
    done.set()
    looking.join()


def beside(ask: Asker) -> dict[str, float]:
    """How long others wait while somebody takes a snapshot, and how long without one."""
    other = Wire(ask)

    def call() -> bytes:
        other.get("/health")
        return other.get(f"{API}/albums?limit=50")

    call()
    alone = timed(call, 40)
    done = threading.Event()

    def take() -> None:
        for _, _ in zip(pages(ask), range(PROBED_PAGES), strict=False):
            pass
        done.set()

    taking, waits = threading.Thread(target=take), []
    taking.start()
    while not done.is_set():
        waits += timed(call, 1)
        time.sleep(0.01)
    taking.join()
    return {"alone_p95_ms": share(alone, 0.95), "p50_ms": share(waits, 0.5), "p95_ms": share(waits, 0.95)}


def timed(call: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each."""
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def share(values: list[float], part: float) -> float:
    return round(sorted(values)[int((len(values) - 1) * part)], 2)


def deltas(ask: Asker, cursor: str, rounds: int) -> dict[str, Any]:
    wire = Wire(ask)
    ids = tracks(wire, 1200)
    freshly(wire, ids[:1])
    path = f"{SYNC}/changes?limit=1000&cursor={quote(cursor)}"
    one = ask.cost(lambda: wire.get(path), rounds)
    freshly(wire, ids[1:])
    many = ask.cost(lambda: wire.get(path), max(2, rounds // 4))
    found = json.loads(wire.get(path))
    assert len(found["changes"]) >= min(1000, len(ids))
    return {"changes_1": one._asdict(), "changes_1000": many._asdict()}


def tracks(wire: Wire, count: int) -> list[str]:
    """Ids of so many, fewer where there are no more."""
    found: list[str] = []
    path = f"{API}/tracks?limit=500"
    while len(found) < count:
        page = json.loads(wire.get(path))
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        path = f"{API}/tracks?limit=500&cursor={quote(page['next'])}"
    return found[:count]


def freshly(wire: Wire, ids: list[str]) -> None:
    """Liked before or not, they are news."""
    like(wire, ids, False)
    like(wire, ids)


def like(wire: Wire, ids: list[str], liked: bool = True) -> None:
    now = utcnow().isoformat()
    for first in range(0, len(ids), BATCH):
        events = [
            {"id": str(new_id()), "kind": "track", "item_id": one, "liked": liked, "at": now}
            for one in ids[first : first + BATCH]
        ]
        wire.send("POST", f"{API}/likes", {"events": events})


def polling(ask: Asker, cursor: str, rounds: int) -> dict[str, float]:
    """From sending a like to the answer that another client of the same user has waited for."""
    writer, reader = Wire(ask), Wire(ask)
    [track] = tracks(reader, 1)

    def wait() -> tuple[str, float]:
        found = json.loads(reader.get(f"{SYNC}/changes?limit=1000&wait=30&cursor={quote(cursor)}"))
        return found["next"], time.perf_counter() if found["changes"] else 0.0

    waits = []
    like(writer, [track])
    with ThreadPoolExecutor(1) as pool:
        while (found := following(reader, cursor)) != cursor:
            cursor = found
        for turn in range(rounds):
            waiting = pool.submit(wait)
            time.sleep(0.05 + 0.013 * (turn % 20))
            begun = time.perf_counter()
            like(writer, [track], turn % 2 == 1)
            cursor, answered = waiting.result()
            waits.append((answered - begun) * 1000)
    return {"p50_ms": share(waits, 0.5), "p95_ms": share(waits, 0.95)}


def pushes(ask: Asker) -> dict[str, Any]:
    """500 events of a device that was away, by what they are; each batch is new."""
    wire = Wire(ask)
    ids = tracks(wire, 250)
    return {"push_heard": pushed(ask, wire, [*map(liking, ids), *map(playing, ids)]),
            "push_playlist": pushed(ask, wire, playlist_of(ids))}  # fmt: skip


def pushed(ask: Asker, wire: Wire, events: list[tuple[str, dict[str, Any]]]) -> dict[str, float]:
    device, now = str(new_id()), utcnow().isoformat()
    wire.send("PUT", f"{API}/devices/{device}", {"name": "bench"})
    sent = [
        {"id": str(new_id()), "n": n, "type": type_, "at": now, "data": data}
        for n, (type_, data) in enumerate(events, 1)
    ]
    before, begun = cpu_ns(ask.pid), time.perf_counter()
    found = json.loads(
        wire.send("POST", f"{SYNC}/push", {"device_id": device, "sent_at": now, "events": sent})
    )
    wall, cpu = (time.perf_counter() - begun) * 1000, (cpu_ns(ask.pid) - before) / 1e6
    assert found["acked_n"] == len(sent) and not any(one["code"] for one in found["results"]), found
    return {"wall_ms": round(wall, 1), "cpu_ms": round(cpu, 1), "events": len(sent)}


def liking(track: str) -> tuple[str, dict[str, Any]]:
    return "like.set", {"kind": "track", "item_id": track, "liked": True}


def playing(track: str) -> tuple[str, dict[str, Any]]:
    return "play", {"track_id": track, "ms_played": 200_000}


def playlist_of(ids: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Made, filled row by row, and some of it moved and taken out again: 500 operations with 220 tracks."""
    playlist, rows = str(new_id()), [str(new_id()) for _ in ids[:220]]
    of = {"playlist_id": playlist}
    added = [
        ("playlist.add", {**of, "items": [{"id": row, "track_id": track, "position": f"a{n:03}1"}]})
        for n, (row, track) in enumerate(zip(rows, ids, strict=False))
    ]
    moved = [("playlist.move", {**of, "item_id": row, "position": f"b{n:03}1"}) for n, row in enumerate(rows)]
    removed = [("playlist.remove", {**of, "item_ids": [row]}) for row in rows[:59]]
    return [("playlist.create", {**of, "name": "Bench"}), *added, *moved, *removed]


def following(reader: Wire, cursor: str) -> str:
    return str(json.loads(reader.get(f"{SYNC}/changes?limit=1000&cursor={quote(cursor)}"))["next"])


def measured(tracks: int, rounds: int) -> dict[str, Any]:
    seed = seeded(tracks)
    with serving(seed) as ask:
        taken = snapshot(ask)
        cursor = taken.pop("cursor")
        found = {"tracks": tracks, "snapshot": taken, "beside": beside(ask), "replica_s": replica(ask)}
        wire = Wire(ask)
        digest = ask.cost(lambda: wire.get(f"{SYNC}/digest"), 2)._asdict()
        told = deltas(ask, cursor, rounds)
        return found | {"digest": digest, **told, **pushes(ask), "poll": polling(ask, cursor, rounds)}


def main() -> None:
    at_two_sizes(__doc__, measured)


if __name__ == "__main__":
    main()
