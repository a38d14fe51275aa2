"""Lyrics from LRCLIB."""
