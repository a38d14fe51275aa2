"""The part of the composition root that writes tags into files."""

from collections.abc import Callable

from mcma.services.covers import Covers
from mcma.services.jobs import Jobs
from mcma.services.keptpictures import FOLDER as PICTURES
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.tagwriting import TagWriting
from mcma.services.tagwriting.service import allowed_fields
from mcma.settings import Settings
from mcma.store.engine import Database


def tag_writing_of(
    settings: Settings,
    database: Database,
    jobs: Jobs,
    managed: ManagedLibraries,
    notify: Callable[[str, object], None],
) -> TagWriting:
    covers = Covers(database, settings.data_dir / "artwork", settings.data_dir / PICTURES)
    return TagWriting(database, jobs, managed, covers, notify, allowed_fields(settings.write_tags))
