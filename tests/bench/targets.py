"""What is measured, what it should be, and where in the benches' answers it stands."""

from dataclasses import dataclass
from typing import Any

FULL = "with --full"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `path` leads to a number; with `over` the value is how many times that it is.

    `alone` rows have no target: they are there to be compared with themselves, later.
    """

    name: str
    what: str
    unit: str
    target: float | None
    path: str = ""
    over: str = ""
    note: str = ""

    def value(self, results: dict[str, Any]) -> float | None:
        """None when it was not measured."""
        found = _number(results, self.path)
        if found is None or not self.over:
            return found
        base = _number(results, self.over)
        return round(found / base, 2) if base else None


def _number(results: Any, path: str) -> float | None:
    for name in path.split("."):
        results = results.get(name) if isinstance(results, dict) else None
    return None if results is None else float(results)


def _peer(name: str, what: str) -> Row:
    path, over = f"peer.mcma.{name}", f"peer.supysonic.{name}"
    return Row(f"peer_{name}", f"{what}, against supysonic 0.7.9", "times", 1, path, over)


ROWS = (
    Row("first_scan", "first scan, 10,000 mixed tagged files", "s", 5, "scan.sqlite.first_scan_s"),
    Row("rescan", "rescan, nothing changed, 10,000 files", "s", 0.3, "scan.sqlite.rescan_s"),
    Row("scan_memory", "memory (PSS) of that scan, its readers included, at most", "MiB", None,
        "scan.sqlite.peak_pss_mb"),
    Row("large_scan", "first scan, 100,000 files", "s", 60, "scan_large.sqlite.first_scan_s", note=FULL),
    Row("large_rescan", "rescan, nothing changed, 100,000 files", "s", 3, "scan_large.sqlite.rescan_s",
        note=FULL),
    Row("large_scan_memory", "memory of the large scan against the small one's", "times", 1.5,
        "scan_large.sqlite.peak_pss_mb", "scan.sqlite.peak_pss_mb", note=FULL),
    Row("album_list", "`getAlbumList2` of 500, JSON, 10,000 tracks", "ms", 5,
        "calls.small.album_list_json.wall_ms"),
    Row("album_list_growth", "the same at 100,000 tracks", "times", 1.5,
        "calls.large.album_list_json.wall_ms", "calls.small.album_list_json.wall_ms"),
    Row("album_list_xml", "`getAlbumList2` of 500, XML against JSON", "times", 4,
        "calls.small.album_list_xml.wall_ms", "calls.small.album_list_json.wall_ms"),
    Row("song_list_xml", "500 songs, XML against JSON", "times", 4,
        "calls.small.search_empty_first_xml.wall_ms", "calls.small.search_empty_first.wall_ms"),
    Row("album_list_large", "`getAlbumList2` of 500, JSON, 100,000 tracks", "ms", 7.5,
        "calls.large.album_list_json.wall_ms"),
    Row("artists", "`getArtists`, 4,000 artists", "ms", 10, "calls.large.artists.wall_ms"),
    Row("album", "`getAlbum`, 100,000 tracks", "ms", 2, "calls.large.album.wall_ms"),
    Row("search_typed", "`search3`, typed prefix, 20/20/20, 100,000 tracks", "ms", 5,
        "calls.large.search_typed.wall_ms"),
    Row("search_empty_first", "`search3`, nothing typed, first 500 of 100,000 songs", "ms", 8,
        "calls.large.search_empty_first.wall_ms"),
    Row("search_empty_last", "the same, last 500", "ms", 8, "calls.large.search_empty_last.wall_ms"),
    Row("starred", "`getStarred2`, 500 songs, 100 albums, 50 artists", "ms", None,
        "calls.large.starred.wall_ms"),
    Row("playlist", "`getPlaylist` of 1,000", "ms", None, "calls.large.playlist.wall_ms"),
    Row("native_tracks", "native list of 500 tracks, server CPU", "ms", 4,
        "calls.small.native_tracks.cpu_ms"),
    Row("stream_full", "30 MB file, server CPU", "ms", 5, "streaming.sendfile.full_30_mib.cpu_ms"),
    Row("stream_kernel", "the same against the bare system call", "times", None,
        "streaming.sendfile.full_30_mib.cpu_ms", "streaming.kernel_cpu_ms.full_30_mib"),
    Row("stream_range", "range of 64 KiB, server CPU", "ms", 0.25,
        "streaming.sendfile.range_64_kib.cpu_ms"),
    Row("stream_zip", "30 MB file within a ZIP file, server CPU", "ms", None,
        "streaming.zip.full_30_mib.cpu_ms"),
    Row("parallel", "8 streams of 30 MB at once, time against nginx", "times", 1.11,
        "parallel.mcma.wall_ms", "parallel.nginx.wall_ms"),
    Row("parallel_cpu", "the same, server CPU against nginx", "times", None,
        "parallel.mcma.cpu_ms", "parallel.nginx.cpu_ms"),
    Row("transcode", "first byte of a live transcode", "ms", 150, "transcoding.cold_first_byte_ms"),
    Row("transcode_middle", "the same, beginning in the middle", "ms", 150,
        "transcoding.middle_first_byte_ms"),
    Row("transcode_cached", "first byte of a transcode that is there", "ms", None,
        "transcoding.cached_first_byte_ms"),
    *(Row(f"transcode_{name}", f"a whole track to {name}, until its last byte", "times real time", None,
          f"transcoding.{name}.times_real_time") for name in ("mp3", "opus", "aac", "flac")),
    Row("memory", "memory (PSS) of the server after load, 100,000 tracks", "MiB", 110,
        "calls.large.memory_mib"),
    Row("start", "start to first answer, warm", "s", 1.5, "calls.small.start_s"),
    Row("scaled", "PostgreSQL against SQLite, the slowest page of 500", "times", 2, "reads.slowest"),
    *[Row(f"growth_{engine}_{size}", f"the page that grows most, {words} tracks against 10,000, {name}",
          "times", 1.5, f"reads.growth.{engine}_{size}.times", note=note)
      for size, words, note in ((100_000, "100,000", ""), (1_000_000, "1,000,000", FULL))
      for engine, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))],
    Row("snapshot", "sync snapshot of 100,000 tracks", "s", 6, "sync.large.snapshot.seconds"),
    Row("snapshot_cpu", "the same, server CPU for 1,000 lines", "ms", None,
        "sync.large.snapshot.cpu_line_us"),
    Row("snapshot_bytes", "the same, gzipped, for one line", "bytes", 100,
        "sync.large.snapshot.line_bytes"),
    Row("snapshot_memory", "memory of the server during it against 10,000 tracks", "times", 1.15,
        "sync.large.snapshot.peak_mib", "sync.small.snapshot.peak_mib"),
    Row("snapshot_beside", "another's request during it (`/health`, 50 albums), 95 of 100", "ms", None,
        "sync.large.beside.p95_ms"),
    Row("replica", "until a client has a copy that can be queried, 100,000 tracks", "s", None,
        "sync.large.replica_s"),
    Row("changes_1", "one change since the cursor", "ms", None, "sync.large.changes_1.wall_ms"),
    Row("changes_1000", "1,000 changes since the cursor", "ms", None, "sync.large.changes_1000.wall_ms"),
    Row("poll_p50", "a like until another client that waits is told, median", "ms", None,
        "sync.large.poll.p50_ms"),
    Row("poll_p95", "the same, 95 of 100", "ms", None, "sync.large.poll.p95_ms"),
    Row("push_heard", "500 events pushed, 250 likes and 250 plays", "ms", None,
        "sync.large.push_heard.wall_ms"),
    Row("push_playlist", "500 events pushed, rows of a playlist added, moved, taken out", "ms", None,
        "sync.large.push_playlist.wall_ms"),
    Row("digest", "digest of 100,000 tracks", "ms", None, "sync.large.digest.wall_ms"),
    Row("match", "two recordings compared, texts seen before, one core", "µs", 50, "matching.each_us"),
    Row("match_unseen", "two recordings compared, texts never seen", "µs", None, "matching.unseen_us"),
    Row("match_precision", "of what is matched without asking, right (labelled pairs, held out)", "%", None,
        "matching.heldout.automatic_precision"),
    Row("match_recall", "of what should be matched, matched without asking", "%", None,
        "matching.heldout.automatic_recall"),
    Row("match_found", "of what should be matched, matched or asked about", "%", None,
        "matching.heldout.found_recall"),
    Row("enrich_ids", "1,000 tracks and MusicBrainz, tags with ids: questions for each", "questions", 0.2,
        "enriching.ids.requests_per_track"),
    Row("enrich_words", "the same, tags without ids", "questions", 0.5,
        "enriching.library.requests_per_track"),
    Row("enrich_seconds", "the same: asked, kept, decided, laid over the tags, as often as one likes", "s",
        None, "enriching.library.seconds"),
    Row("enrich_taken", "the same: albums known without asking a person", "%", None,
        "enriching.library.taken_percent"),
    *[Row(f"enrich_{field}", what, "%", target, f"enriching.heldout.{field}")
      for field, what, target in (
          ("false", "labelled albums, held out: taken as another one", 0.5),
          ("missed", "the same: known, and not taken without asking", None),
          ("lost", "the same: known, and not even shown", None))],
    Row("fingerprints", "fingerprints (two minutes of FLAC) per second of one core, by ffmpeg", "1/s",
        None, "fingerprints.made_per_s"),
    Row("fingerprints_fpcalc", "fpcalc itself, against fingerprints made by it here", "times", 1.3,
        "fingerprints.fpcalc_per_s", "fingerprints.with_fpcalc_per_s"),
    Row("fingerprints_missed", "the same recording in two forms, not known for the same", "%", 1,
        "fingerprints.missed_percent"),
    Row("fingerprints_false", "different recordings, taken for the same", "%", 0.1,
        "fingerprints.false_percent"),
    Row("fingerprints_compare", "two fingerprints compared bit by bit, one core", "µs", 2000,
        "fingerprints.compare_us"),
    Row("fingerprints_lookup", "look-alikes looked up among 10,000, per second of one core", "1/s", None,
        "fingerprints.small.lookups_per_s"),
    Row("fingerprints_pass", "the pass for duplicates over 10,000 fingerprints, processor time", "s", None,
        "fingerprints.small.seconds"),
    Row("fingerprints_memory", "memory that this pass takes", "MiB", 32, "fingerprints.small.growth_mib"),
    Row("fingerprints_pass_large", "the same over 100,000, against ten times as few", "times", 15,
        "fingerprints.large.seconds", "fingerprints.small.seconds", note=FULL),
    Row("fingerprints_memory_large", "memory that it takes over 100,000", "MiB", 32,
        "fingerprints.large.growth_mib", note=FULL),
    Row("jobs", "jobs per second, embedded", "1/s", None, "jobs.jobs_per_second"),
    Row("job_start", "enqueue to start of a job, median", "ms", None, "jobs.enqueue_to_start_ms_median"),
    *[Row(f"jobs_{bell}_{count}", f"jobs per second, PostgreSQL, {words}, workers: {count}", "1/s", None,
          f"jobs.{bell}_{count}.jobs_per_second")
      for bell, words in (("polling", "rows polled"), ("redis", "Redis")) for count in (1, 2, 4)],
    *[Row(f"job_start_{bell}", f"enqueue to start of a job, PostgreSQL, {words}, median", "ms", None,
          f"jobs.{bell}_1.enqueue_to_start_ms_median")
      for bell, words in (("polling", "rows polled"), ("redis", "Redis"))],
    Row("star_p50", "a star while a first scan writes, median", "ms", None, "peer.mcma.star_p50_ms"),
    Row("star_p99", "a star while a first scan writes, 99 of 100", "ms", 50, "peer.mcma.star_p99_ms"),
    _peer("scan_s", "first scan, 10,000 files, command included"),
    _peer("rescan_s", "rescan, command included"),
    _peer("album_list_ms", "`getAlbumList2` of 500"),
    _peer("artists_ms", "`getArtists`"),
    _peer("album_ms", "`getAlbum`"),
    _peer("search_typed_ms", "`search3`, typed"),
    _peer("search_empty_ms", "`search3`, nothing typed, 500 songs"),
)  # fmt: skip
