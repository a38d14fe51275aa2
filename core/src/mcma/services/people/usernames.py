"""Names people type: of users, of devices, of clients."""

import unicodedata

from mcma.domain.errors import InvalidInput

LONGEST = 64
"""Characters."""
_LONGEST_EMAIL = 254
"""RFC 5321, 4.5.3.1.3, without the brackets."""


def checked_name(name: str, what: str = "The name") -> str:
    """Trimmed and composed (NFC). Raises `InvalidInput` unless it has 1 to 64 visible characters.

    Control, format and surrogate characters are refused: they are invisible, and the databases cannot hold
    all of them.
    """
    if any(_unprintable(character) for character in name):
        raise InvalidInput(f"{what} has characters that cannot be shown.")
    clean = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(clean) <= LONGEST:
        raise InvalidInput(f"{what} must have 1 to {LONGEST} characters.")
    return clean


def checked_email(text: str) -> str | None:
    """Trimmed; None for nothing. Raises `InvalidInput`. Whether anybody reads it is not asked."""
    clean = text.strip()
    name, _, host = clean.rpartition("@")
    if not clean:
        return None
    if len(clean) > _LONGEST_EMAIL or not (name and host) or any(map(_unfit_for_mail, clean)):
        raise InvalidInput("This is no mail address.")
    return clean


def _unfit_for_mail(character: str) -> bool:
    return character.isspace() or _unprintable(character)


def name_key(name: str) -> str:
    """The same for names that differ in case, width or spacing only (NFKC and case folding)."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def known_key(name: str) -> str | None:
    """The key of a name somebody logs in with; None when no user can be called so."""
    try:
        return name_key(checked_name(name))
    except InvalidInput:
        return None


def printable(text: str, limit: int = LONGEST) -> str:
    """What a client says about itself, made safe to keep: nothing invisible, `limit` characters at most."""
    kept = "".join(character for character in text[: limit * 4] if not _unprintable(character))
    return kept.strip()[:limit]


def _unprintable(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in ("Zl", "Zp")
