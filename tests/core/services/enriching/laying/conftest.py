"""A library folder, watched, as the tests of indexing have it."""

from tests.core.services.indexing.conftest import make_music, music

__all__ = ["make_music", "music"]
