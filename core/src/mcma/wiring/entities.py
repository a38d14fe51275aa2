"""Artists, albums and labels as things of their own: their part of the composition root."""

from collections.abc import Callable

from mcma.domain.naming import EXCEPTIONS, Separators
from mcma.services.entities.hands import ArtistHands
from mcma.services.entities.labelmerge import LabelHands
from mcma.services.identity.merges import Merges
from mcma.services.jobs import Jobs
from mcma.settings import Settings
from mcma.store.engine import Database


def separators(settings: Settings) -> Separators:
    return Separators(settings.artist_separators, (*EXCEPTIONS, *settings.artist_exceptions))


def merges_of(database: Database, jobs: Jobs, say: Callable[[str, object], None]) -> Merges:
    return Merges(database, say, ArtistHands(database, jobs, say), LabelHands(database))
