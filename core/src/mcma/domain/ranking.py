"""How well a search row fits what was typed. Reads the lines that `folding.search_words` makes."""

from collections.abc import Sequence

EXACT, TITLE_PREFIX, TITLE_WORDS, ELSEWHERE = range(4)


def rank(words: str, asked: Sequence[str]) -> tuple[int, int]:
    """Smaller is better: the whole name, its beginning, words of the name, other fields; then short names."""
    line = words.partition("\n")[0]
    title, _, spellings = line.partition("\t")
    phrase = " ".join(asked)
    if title == phrase or phrase in spellings.split():
        return EXACT, len(title)
    if title.startswith(phrase):
        return TITLE_PREFIX, len(title)
    own = f" {title} {spellings}"
    if all(f" {word}" in own for word in asked):
        return TITLE_WORDS, len(title)
    return ELSEWHERE, len(title)


def rank_of_name(key: str, asked: str) -> tuple[int, int]:
    """The same for a name's own key that is known to begin with what was asked."""
    return EXACT if key == asked else TITLE_PREFIX, len(key)
