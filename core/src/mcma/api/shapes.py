"""From the values of services to what goes on the wire. Names stay; ids become text, times stay times.

A page of 500 tracks spends its time here, so it is written for speed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from mcma.domain.profiles import CODECS, Profile
from mcma.services.catalogue.files import FileView
from mcma.services.catalogue.labels import LabelView
from mcma.services.intake.imports import ImportFileView, ImportFolderView
from mcma.services.renditions.advance import RenditionView
from mcma_plugins.abouts import About
from mcma_plugins.decisions import Decision
from mcma_plugins.jobs import Priority
from mcma_plugins.playing import NowPlaying
from mcma_plugins.suggestions import (
    ArtistSuggestion,
    Note,
    RadioPage,
    Reason,
    SonicTracks,
    SuggestedArtists,
    SuggestedTracks,
    Suggestion,
)
from mcma_plugins.values import (
    AlbumView,
    ArtistView,
    BookmarkView,
    ClaimView,
    Contributor,
    Credit,
    GenreView,
    JobView,
    LibraryView,
    Lyrics,
    PlaylistEntry,
    PlaylistView,
    QueueView,
    Right,
    Shared,
    ShareView,
    TrackView,
    UserState,
    UserView,
)

Shape = dict[str, Any]


def _id(value: Any) -> str | None:
    return None if value is None else str(value)


def _credits(listed: Sequence[Credit]) -> list[Shape]:
    return [{"id": str(id_), "name": name, "join": join} for id_, name, join in listed]


def _contributors(listed: Sequence[Contributor]) -> list[Shape]:
    return [
        {"role": role, "id": str(id_), "name": name, "detail": detail} for role, id_, name, detail in listed
    ]


def _user(state: UserState) -> Shape:
    liked, rating, plays, played = state
    return {"liked_at": liked, "rating": rating, "play_count": plays, "last_played_at": played}


def tracks(views: Iterable[TrackView]) -> list[Shape]:
    return [track(view) for view in views]


def track(view: TrackView) -> Shape:
    (id_, library, title, sort_title, album_id, album, artist, artists, album_artist, album_artists,
     contributors, disc, number, year, date, duration, genres, moods, groupings, bpm, comment, explicit, mbid,
     isrcs, status, file_id, path, size, suffix, content_type, bit_rate, rate, depth, channels, track_gain,
     track_peak, album_gain, album_peak, artwork, missing, created, updated, rev, state, work,
     movement, remix_of) = view  # fmt: skip
    return {
        "id": str(id_), "library_id": str(library), "title": title, "sort_title": sort_title,
        "album_id": None if album_id is None else str(album_id), "album": album, "artist": artist,
        "artists": _credits(artists), "album_artist": album_artist, "album_artists": _credits(album_artists),
        "contributors": _contributors(contributors) if contributors else [], "disc": disc, "track": number,
        "year": year, "date": date, "duration_ms": duration, "genres": genres, "moods": moods,
        "groupings": groupings, "work": work, "movement": movement, "remix_of": remix_of, "bpm": bpm,
        "comment": comment, "explicit": explicit,
        "recording_mbid": None if mbid is None else str(mbid), "isrcs": isrcs, "metadata_status": status,
        "file_id": None if file_id is None else str(file_id), "path": path, "size": size, "suffix": suffix,
        "content_type": content_type, "bit_rate_kbps": bit_rate, "sample_rate_hz": rate, "bit_depth": depth,
        "channels": channels, "track_gain_db": track_gain, "track_peak": track_peak,
        "album_gain_db": album_gain, "album_peak": album_peak,
        "artwork_id": None if artwork is None else str(artwork), "missing_since": missing,
        "created_at": created, "updated_at": updated, "rev": rev, "user": _user(state),
    }  # fmt: skip


def albums(views: Iterable[AlbumView]) -> list[Shape]:
    return [album(view) for view in views]


def album(view: AlbumView) -> Shape:
    (id_, library, title, sort_title, version, artist, artists, year, date, original, compilation, genres,
     labels, moods, release_types, explicit, mbid, group, disc_titles, songs, duration, size, artwork,
     created, updated, state, numbers) = view  # fmt: skip
    return {
        "id": str(id_), "library_id": str(library), "title": title, "sort_title": sort_title,
        "version": version, "artist": artist, "artists": _credits(artists), "year": year, "date": date,
        "original_date": original, "compilation": compilation, "genres": genres, "labels": labels,
        "catalog_numbers": numbers, "moods": moods, "release_types": release_types, "explicit": explicit,
        "mbid": _id(mbid),
        "release_group_mbid": _id(group),
        "disc_titles": [{"disc": disc, "title": name} for disc, name in disc_titles],
        "song_count": songs, "duration_ms": duration, "size": size, "artwork_id": _id(artwork),
        "created_at": created, "updated_at": updated, "user": _user(state),
    }  # fmt: skip


def artists(views: Iterable[ArtistView]) -> list[Shape]:
    return [artist(view) for view in views]


def artist(view: ArtistView) -> Shape:
    made: Shape = view._asdict()
    made["id"], made["mbid"], made["artwork_id"] = str(view.id), _id(view.mbid), _id(view.artwork_id)
    made["user"] = _user(view.user)
    return made


def genre(view: GenreView) -> Shape:
    return {**view._asdict(), "id": str(view.id)}


def label(view: LabelView) -> Shape:
    return {**view._asdict(), "id": str(view.id), "mbid": _id(view.mbid)}


def library(view: LibraryView) -> Shape:
    return {**view._asdict(), "id": str(view.id)}


def playlist(view: PlaylistView) -> Shape:
    ids = {"id": str(view.id), "owner_id": str(view.owner_id), "artwork_id": _id(view.artwork_id)}
    return {**view._asdict(), **ids}


def playlist_item(entry: PlaylistEntry) -> Shape:
    found, waits = entry.track, entry.claim
    return {
        "id": str(entry.id), "added_at": entry.added_at, "position": entry.position,
        "track": None if found is None else track(found), "claim": None if waits is None else claim(waits),
    }  # fmt: skip


def claim(view: ClaimView) -> Shape:
    return {**view._asdict(), "id": str(view.id), "recording_mbid": _id(view.recording_mbid)}


def download_request(view: Any) -> Shape:
    said = view.claim
    made = view._asdict()
    later = made.pop("priority") > Priority.NORMAL
    return {**made, "later": later, "claim": None if said is None else claim(said)}


def download_answer(made: Any) -> Shape:
    return {"id": made.id, "state": made.state, "waiting_for": made.waiting_for, "retry_at": made.retry_at,
            "track_id": made.track_id}  # fmt: skip


def playlist_import(report: Any) -> Shape:
    lines = [line._asdict() for line in report.unmatched]
    others = [playlist_import(one) for one in report.others]
    return {**report._asdict(), "playlist": playlist(report.playlist), "unmatched": lines, "others": others}


def missing(found: Any, more: str | None) -> Shape:
    return {**asdict(found), "next": more}


def match_report_row(row: Any) -> Shape:
    reasons = [one._asdict() for one in row.reasons]
    return {"state": str(row.state), "reasons": reasons, **playlist_item(row.entry)}


def bookmark(view: BookmarkView) -> Shape:
    return {**view._asdict(), "track": track(view.track)}


def share(view: ShareView, address: str) -> Shape:
    made = view._asdict()
    path = made.pop("path")
    items = [{"kind": kind, "id": str(id_), "name": name} for kind, id_, name in view.items]
    return {
        **made, "id": str(view.id), "url": None if path is None else f"{address}{path}",
        "owner_id": str(view.owner_id), "items": items,
    }  # fmt: skip


def shared(found: Shared, address: str) -> Shape:
    return {
        **share(found.share, address), "tracks": tracks(found.tracks), "complete": found.complete
    }  # fmt: skip


def queue(view: QueueView) -> Shape:
    made = view._asdict()
    current = made.pop("current")
    return {
        **made, "device_id": _id(view.device_id), "current_index": current, "tracks": tracks(view.tracks)
    }  # fmt: skip


def queue_summary(view: Any) -> Shape:
    made: Shape = view._asdict()
    current = made.pop("current")
    return {**made, "device_id": _id(view.device_id), "current_index": current}


def user(view: UserView) -> Shape:
    return {**view._asdict(), "id": str(view.id), "rights": [one for one in Right if one in view.rights]}


def profile(one: Profile) -> Shape:
    codec = CODECS[one.codec]
    return {
        "name": one.name, "codec": one.codec, "bit_rate_kbps": one.bit_rate_kbps or None,
        "container": codec.container, "suffix": codec.suffix, "content_type": codec.content_type,
        "lossless": codec.lossless, "about": one.about,
    }  # fmt: skip


def decision(found: Decision) -> Shape:
    return {
        "plays": found.plays, "reasons": [one.value for one in found.reasons],
        "source": found.source._asdict(), "made": None if found.made is None else found.made._asdict(),
        "error": found.error or None, "params": found.params,
    }  # fmt: skip


def rendition(view: RenditionView) -> Shape:
    made = {"id": str(view.id), "file_id": str(view.file_id), "job_id": _id(view.job_id)}
    return {**view._asdict(), **made}


def job(view: JobView) -> Shape:
    return {**view._asdict(), "id": str(view.id), "created_by": _id(view.created_by)}


def now_playing(one: NowPlaying) -> Shape:
    return {**one._asdict(), "track": track(one.track)}


def file(one: FileView) -> Shape:
    ids = {"id": str(one.id), "track_id": str(one.track_id), "library_id": str(one.library_id)}
    return {**one._asdict(), **ids}


def lyrics(one: Lyrics) -> Shape:
    cues = [[cue._asdict() for cue in each] for each in one.cues] or [[]] * len(one.lines)
    lines = [{"start_ms": start, "text": words, "cues": each}
             for (start, words), each in zip(one.lines, cues, strict=True)]  # fmt: skip
    return {"lang": one.lang, "synced": one.synced, "lines": lines}


def reasons(listed: Sequence[Reason]) -> list[Shape]:
    return [one._asdict() for one in listed]


def suggestion(one: Suggestion) -> Shape:
    return {"track": track(one.track), "score": one.score, "reasons": reasons(one.reasons)}


def artist_suggestion(one: ArtistSuggestion) -> Shape:
    return {"artist": artist(one.artist), "score": one.score, "reasons": reasons(one.reasons)}


def notes(listed: Sequence[Note]) -> list[Shape]:
    return [one._asdict() for one in listed]


def suggested(found: SuggestedTracks) -> Shape:
    return {"items": [suggestion(one) for one in found.items], "notes": notes(found.notes)}


def suggested_artists(found: SuggestedArtists) -> Shape:
    return {"items": [artist_suggestion(one) for one in found.items], "notes": notes(found.notes)}


def about(found: About, base: str) -> Shape:
    """`base` is the path that the server lives under."""
    pictures = {size: base + path for size, path in found.pictures._asdict().items()}
    told = None if found.told is None else found.told._asdict()
    return {"mbid": _id(found.mbid), "told": told, "pictures": pictures}


def sonic(found: SonicTracks) -> Shape:
    items = [{"track": track(one.track), "likeness": one.likeness} for one in found.items]
    return {"items": items, "notes": notes(found.notes)}


def import_folder(view: ImportFolderView) -> Shape:
    return {**view._asdict(), "id": str(view.id), "library_id": str(view.library_id)}


def import_file(view: ImportFileView) -> Shape:
    return {**view._asdict(), "track_id": _id(view.track_id)}


def radio(found: RadioPage, following: str | None) -> Shape:
    items = [suggestion(one) for one in found.items]
    return {"id": str(found.id), "items": items, "next": following, "notes": notes(found.notes)}
