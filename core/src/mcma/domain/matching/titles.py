"""What a title says: the name itself, versions, guests, numbers; and what is noise around it."""

import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from unicodedata import normalize

from mcma.domain.claiming import one_spaced
from mcma.domain.folding import fold
from mcma.domain.matching.names import GUESTS, initials, is_latin, split
from mcma.domain.matching.numbers import Numbers, normalised, numbers_of
from mcma.domain.matching.versions import NAMED, in_difference, in_part

LONGEST = 300
"""Characters that are read."""
_OPENING, _CLOSING = "([{【〔〈《", ")]}】〕〉》"
_BRACKETS = re.compile(
    rf"[{re.escape(_OPENING)}]([^{re.escape(_OPENING + _CLOSING)}]*)[{re.escape(_CLOSING)}]"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−〜～", "-") | dict.fromkeys("｜│", "|"))
_BEHIND = re.compile(r"\s+[-|~•·]+\s+|\s+[-~](?=\S)|\s*\|\s*|\s+//\s+|\s+/\s+|;\s+")
_QUOTED = re.compile(r"^\s*([^「『“\"]{1,100}?)\s*[「『“\"]([^」』”\"]{1,200})[」』”\"]")
_BY = re.compile(r"^(.{1,200}\S)\s+by\s+(\S.{0,100})$", re.IGNORECASE)
_NOISE = re.compile(
    r"\b(?:official|oficial|officiel|offizielles?|ufficiale|lyrics?|letra|paroles|songtext|testo|visuali[sz]er"
    r"|m ?v|p ?v|hd|hq|4k|8k|uhd|1080p|720p|full hd|audio|music video|videoclip|video clip|clip|video"
    r"|high quality|with lyrics|subtitulado|sub|subs|eng sub|color coded|on screen|art track|premiere|out now"
    r"|free download|teaser|full song|hi res|flac|mp3|320 ?kbps|explicit content|new song)\b"
    r"|歌詞(?:付き)?|動画|公式|高音質|官方|完整|高清|字幕|뮤직비디오|가사|клип|официальн\w+|текст песни"
)
_FILM = re.compile(r"^(?:from|theme from|music from|ost|original soundtrack|aus|de la pelicula|bof)\b")
_GUEST_PART = re.compile(r"^(?:with|feat|ft|featuring|w|con|avec|mit)\b[./]?\s*", re.IGNORECASE)
_STYLE = re.compile(
    r"\b(?:in the style of|made famous by|originally (?:performed|recorded) by|tribute to) (.+)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MADE_BY = re.compile(r"^(?:prod|produced)\b")
_LOOSE = re.compile(
    r"(?:\s+(?:hd|hq|4k|lyrics|official(?: music)? video|official audio))+\s*$", re.IGNORECASE
)
_PARTS = re.compile(rf"{_BEHIND.pattern}|:\s+")
_MAJOR = re.compile(r"(?<=\b[a-h]) major\b|(?<=\b[a-h] flat) major\b|(?<=\b[a-h] sharp) major\b")
_ID_TAIL = re.compile(r"\s*\[[\w-]{11}\]$")


class Title(NamedTuple):
    key: str
    """All that is not known to be something else, folded."""
    bare: str
    """The key without what stands in brackets."""
    others: frozenset[str]
    """Names in another script that stand beside it."""
    words: tuple[str, ...]
    families: dict[str, frozenset[str]]
    guests: frozenset[str]
    numbers: Numbers


class Split(NamedTuple):
    """A title that may have its artist in it."""

    artist: str
    title: str


@lru_cache(8192)
def title_of(text: str) -> Title:
    """In time that grows as the text does, and that is cut at `LONGEST`."""
    written = _plain(text)
    return _title(written, *_parts(written))


def _plain(text: str) -> str:
    short = _ID_TAIL.sub("", one_spaced(text[:LONGEST]))
    return normalize("NFKC", short).translate(_DASHES)[:LONGEST]


def _parts(written: str) -> tuple[str, list[str], list[str]]:
    """What is not in brackets nor behind a dash; what is in brackets; what is behind a dash."""
    inner = [match[1] for match in _BRACKETS.finditer(written)]
    outer = _BRACKETS.sub(" ", written)
    lead, *behind = _BEHIND.split(outer)
    return _LOOSE.sub("", lead), inner, [_LOOSE.sub("", one) for one in behind]


class _Read(NamedTuple):
    families: dict[str, frozenset[str]]
    guests: set[str]
    kept: list[str]


def _title(written: str, lead: str, inner: list[str], behind: list[str]) -> Title:
    read = _Read({}, set(), [])
    lead, *named = GUESTS.split(lead)
    read.guests.update(name for one in named for name in split(one))
    outer = [lead, *(one for one in behind if not _is_about(one, read))]
    outer = [one for one in outer if one.strip()] or [written]
    if len(outer) > 1 and _is_about(lead, read):
        outer = outer[1:]
    extra = [one for one in inner if not _is_about(one, read)]
    bare = _key(" ".join(outer))
    key = _key(" ".join([*outer, *extra])) if extra else bare
    if not bare:
        bare = key = key or _key(written) or fold(written)
    others = frozenset(_key(one) for one in extra if is_latin(one) != is_latin(bare)) - {""}
    words = tuple(word for word in key.split() if word not in ("and", "n"))
    return Title(key, bare, others, words, read.families, frozenset(read.guests), numbers_of(key, written))


def _key(text: str) -> str:
    made = fold(normalised(text.replace("&", " and ").replace(" + ", " and ")))
    kept = " ".join(word for word in made.split() if word not in ("and", "n")) or made
    return _MAJOR.sub("", initials(kept)) or kept


def _is_about(part: str, read: _Read) -> bool:
    """Whether it tells of guests, of a version, or nothing at all; what it tells is kept."""
    folded = fold(part)
    if not folded or _YEAR.fullmatch(folded) or _MADE_BY.match(folded) or _FILM.match(folded):
        return True
    if after := _STYLE.search(folded):
        read.guests.update(split(after[1]))
    if _GUEST_PART.match(part.strip()) and len(folded.split()) > 1:
        read.guests.update(split(_GUEST_PART.sub("", part.strip())))
        return True
    quiet = " ".join(_NOISE.sub(" ", folded).split())
    if not quiet:
        return True
    found = in_part(quiet)
    if not found.families or _is_name(found.families, found.rest, quiet):
        return quiet != folded and len(quiet) < 3
    for name, words in found.families.items():
        read.families[name] = read.families.get(name, frozenset()) | words
    return True


def _is_name(families: dict[str, frozenset[str]], rest: str, whole: str) -> bool:
    """A long sentence with a word in it that is usually a version's is no version: its own words outweigh."""
    plain = families.keys() <= {
        "plain",
        "single",
        "explicit",
        "clean",
        "edit",
        "video",
        "take",
        "acoustic",
        "demo",
    }
    return plain and len(rest.split()) > 4 and len(rest) > len(whole) / 2


def less(title: Title, words: tuple[str, ...]) -> Title:
    """Without those of the words, which another title has not, that tell a version."""
    found = in_difference(words)
    if not found.families:
        return title
    kept = () if found.families.keys() & NAMED else found.rest.split()
    left = tuple(word for word in title.words if word in kept or word not in words)
    if not left:
        return title
    key, families = " ".join(left), dict(title.families)
    for name, telling in found.families.items():
        families[name] = families.get(name, frozenset()) | telling
    said = numbers_of(key, "")._replace(key=title.numbers.key)
    return title._replace(key=key, bare=key, words=left, families=families, numbers=said)


@lru_cache(8192)
def splits_of(text: str) -> tuple[Split, ...]:
    """Ways to read an artist out of a title: `Artist - Title`, `Title - Artist`, `Artist "Title"`, `Title by
    Artist`."""
    written = _plain(text)
    found: list[Split] = []
    for match in islice(_PARTS.finditer(written), 4):
        left, right = written[: match.start()].strip(), written[match.end() :].strip()
        if left and right:
            found += [Split(left, right), Split(_BRACKETS.sub(" ", right).strip(), left)]
    if quoted := _QUOTED.match(written):
        found.append(Split(quoted[1].strip(), f"{quoted[2]} {written[quoted.end() :]}"))
    if by := _BY.match(_BRACKETS.sub(" ", written).strip()):
        found.append(Split(by[2], by[1]))
    return tuple(one for one in found if one.artist)
