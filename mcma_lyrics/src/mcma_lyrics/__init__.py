"""Lyrics for mcma, from LRCLIB and what answers like it."""

from mcma_lyrics.enricher import LyricsEnricher
from mcma_lyrics.plugin import LyricsPlugin
from mcma_lyrics.settings import LyricsSettings

__all__ = ["LyricsEnricher", "LyricsPlugin", "LyricsSettings"]
