"""The part of the composition root that is about lyrics."""

from mcma.domain.lyricranks import LyricRanks
from mcma.settings import Settings


def lyric_ranks_of(settings: Settings) -> LyricRanks:
    rules = dict(one.partition("=")[::2] for one in settings.enrich_rules)
    return LyricRanks(rules.get("lyrics", "fill"), settings.enrich_order)
