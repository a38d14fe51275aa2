"""Playlists: edited, smart, read from files and written to them; what waits for a track."""
