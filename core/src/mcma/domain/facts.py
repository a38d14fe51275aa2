"""What reading one audio file yields: pure values, small enough to cross a process border."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from mcma_plugins.lrc import LrcLine, document
from mcma_plugins.values import LyricsCue


class ProblemReason(StrEnum):
    """Why a file is in the scan report: all but `DUPLICATE` were not taken in. The words stay stable."""

    EMPTY = "empty"
    """The file has no bytes."""
    TRUNCATED = "truncated"
    """The container begins well and ends before its audio does."""
    UNREADABLE = "unreadable"
    """The operating system refused to open or read it."""
    NOT_AUDIO = "not_audio"
    """The bytes are not of a known audio container, whatever the name says."""
    VIDEO = "video"
    """The container holds a moving picture."""
    TAG_TOO_LARGE = "tag_too_large"
    """A tag declares more bytes than the reader is willing to load."""
    CHANGED = "changed_while_reading"
    """Size or mtime differ before and after reading; it is read again by the next scan."""
    NOT_REGULAR = "not_regular"
    """A FIFO, socket or device."""
    LOOP = "symlink_loop"
    """A symbolic link that leads to a folder already being walked, or nowhere."""
    OUTSIDE = "outside_root"
    """A symbolic link that leads out of the library folder."""
    BROKEN = "broken"
    """The parser gave up; the message says where."""
    DUPLICATE = "duplicate"
    """The audio equals that of another file of the library; both stay."""


class _Sent:
    """Comes from another process by its constructor, in half the time that a dataclass with slots takes."""

    __slots__: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class FileProblem(_Sent):
    """One line of a scan report."""

    reason: ProblemReason
    message: str


@dataclass(frozen=True, slots=True)
class AudioFacts(_Sent):
    """What the container says of the sound. Rates are in the units their names carry."""

    container: str
    """Lower-case short name: mp3, flac, ogg, mp4, wav, aiff, wavpack, ape, asf, dsf, mpc."""
    codec: str
    """Lower-case short name: mp3, flac, vorbis, opus, aac, alac, pcm, wavpack, ape, wma, dsd, mpc."""
    duration_ms: int
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    """Bits per sample of lossless codecs; None for lossy ones."""
    channels: int
    lossless: bool


@dataclass(frozen=True, slots=True)
class Gain(_Sent):
    """ReplayGain 2.0 values. R128 gains of Opus are converted: -23 LUFS there, -18 here, so 5 dB more."""

    track_gain_db: float | None = None
    track_peak: float | None = None
    album_gain_db: float | None = None
    album_peak: float | None = None


@dataclass(frozen=True, slots=True)
class CreditFact(_Sent):
    """One credited person or group."""

    name: str
    role: str
    """artist, composer, lyricist, conductor, performer, producer, remixer, arranger, engineer, mixer or
    writer."""
    sort_name: str | None = None
    mbid: str | None = None
    detail: str | None = None
    """The instrument of a performer."""


class LabelFact(NamedTuple):
    """A label of a release, with what it is called there."""

    name: str
    mbid: str | None = None
    catalog_number: str | None = None


@dataclass(frozen=True, slots=True)
class LyricsFact(_Sent):
    """One text. Synced lines are (start in ms, words)."""

    lang: str
    """ISO 639 code, or "und"."""
    plain: str | None = None
    synced: tuple[tuple[int, str], ...] = ()
    source: str = "embedded"
    """embedded or sidecar."""
    cues: tuple[tuple[LyricsCue, ...], ...] = ()
    """Times of words, one tuple per synced line; empty where there are none at all."""

    @property
    def document(self) -> list[list[Any]] | None:
        """As the database keeps it: [start, words], and [[start, words, end], ...] where words have times."""
        cues = self.cues or ((),) * len(self.synced)
        lines = zip(self.synced, cues, strict=True)
        return document([LrcLine(*line, each) for line, each in lines]) or None


@dataclass(frozen=True, slots=True)
class TagFacts(_Sent):
    """The tags as the file states them, cleaned (no NUL, no surrogates, trimmed, empty ones dropped).

    Dates are ISO 8601 of any precision: "1997", "1997-06" or "1997-06-16". MusicBrainz ids are lower-case
    canonical UUID text; anything else in those frames is dropped.
    """

    title: str | None = None
    sort_title: str | None = None
    artists: tuple[CreditFact, ...] = ()
    artist_display: str | None = None
    """The credit as one string when the file has one ("A feat. B"), beside the list of artists."""
    album: str | None = None
    sort_album: str | None = None
    album_version: str | None = None
    """Edition or disambiguation of the album ("Deluxe Edition")."""
    album_artists: tuple[CreditFact, ...] = ()
    album_artist_display: str | None = None
    credits: tuple[CreditFact, ...] = ()
    """Everyone who is not a main artist."""
    track: int | None = None
    track_total: int | None = None
    disc: int | None = None
    disc_total: int | None = None
    disc_title: str | None = None
    date: str | None = None
    original_date: str | None = None
    compilation: bool = False
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    groupings: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    catalog_numbers: tuple[str, ...] = ()
    label_info: tuple[LabelFact, ...] = ()
    """Which id and number goes with which label: no tag says it, enrichers do. Of names that are not among
    `labels` it says nothing."""
    barcode: str | None = None
    media: str | None = None
    release_types: tuple[str, ...] = ()
    isrcs: tuple[str, ...] = ()
    bpm: float | None = None
    comment: str | None = None
    language: str | None = None
    explicit: bool | None = None
    recording_mbid: str | None = None
    """MusicBrainz recording id (UFID http://musicbrainz.org in ID3, MUSICBRAINZ_TRACKID elsewhere)."""
    release_track_mbid: str | None = None
    release_mbid: str | None = None
    release_group_mbid: str | None = None
    work: str | None = None
    movement: str | None = None
    remix_of: str | None = None
    """Title of the recording that it is a remix of; `remix_of_mbid`: its MusicBrainz id."""
    remix_of_mbid: str | None = None
    acoustid: str | None = None
    gain: Gain = field(default_factory=Gain)
    lyrics: tuple[LyricsFact, ...] = ()
    from_name: tuple[str, ...] = ()
    """Names of the fields above that were taken from the file name because the tags lacked them."""


@dataclass(frozen=True, slots=True)
class PictureFact(_Sent):
    """A picture found in or beside a file. The bytes stay where they are; `sha256` names them."""

    sha256: bytes
    mime: str
    size: int
    kind: str
    """front, back, artist, disc, other."""
    width: int
    height: int
    path: bytes | None = None
    """The image file, when it lies beside the audio; None when it is embedded."""


@dataclass(frozen=True, slots=True)
class FileFacts(_Sent):
    """All that is known of one readable audio file."""

    audio: AudioFacts
    tags: TagFacts
    audio_hash: bytes
    """16 bytes over the sound alone: equal after retagging, different for another encoding."""
    picture: PictureFact | None
    size: int
    mtime_ns: int
    inode: int
