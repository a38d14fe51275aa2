"""The commands of `mcma` in one tree, and what their errors mean to a shell."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from mcma.cli import output
from mcma.cli.commands import (
    artists,
    backup,
    downloads,
    duplicates,
    enrich,
    health,
    imports,
    job,
    labels,
    library,
    lyrics,
    playlist,
    plugin,
    reviews,
    schedule,
    search,
    server,
    tags,
    track,
    user,
)
from mcma.cli.context import given

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def _version() -> str:
    from importlib.metadata import version

    return f"mcma {version('mcma')}"


def build() -> App:
    app = App(
        name="mcma",
        help="An offline-first, plugin-based music server.",
        version=_version,
        version_flags=["--version"],
        result_action="return_value",
        suppress_keyboard_interrupt=False,
        default_parameter=Parameter(negative=""),
        help_format="plaintext",
    )
    for one in (
        server.serve,
        health.health,
        library.scan,
        search.search,
        server.migrate,
        server.rebuild,
        server.doctor,
        server.openapi,
        server.demo,
        server.worker,
    ):
        app.command(one)
    app.command(imports.import_, name="import")
    for group in (
        user.app,
        library.app,
        artists.app,
        labels.app,
        track.app,
        playlist.app,
        downloads.app,
        reviews.app,
        tags.app,
        enrich.app,
        lyrics.app,
        duplicates.app,
        job.app,
        schedule.app,
        plugin.app,
        backup.app,
        server.config,
    ):
        app.command(group)
    app.meta.default(_launcher(app))
    return app


def _launcher(app: App) -> Any:
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        data_dir: Annotated[Path | None, Parameter(env_var="MCMA_DATA_DIR", show_env_var=True)] = None,
    ) -> Any:
        """An offline-first, plugin-based music server.

        Parameters
        ----------
        data_dir
            Folder for the database, generated secrets and caches; before or after the command.
        """
        given.data_dir = data_dir
        if tokens and tokens[0] in _plugins(app):
            return plugin.run(tokens[0], tokens[1:])
        return app(tokens, exit_on_error=False, print_error=True, help_on_error=False)

    return launch


def _plugins(app: App) -> set[str]:
    """Names of what is installed; nothing of it is imported."""
    from importlib.metadata import entry_points

    return {one.name for one in entry_points(group="mcma.plugins")} - set(app)


def run(arguments: Sequence[str] | None = None) -> int:
    try:
        build().meta(
            list(sys.argv[1:] if arguments is None else arguments),
            exit_on_error=False, print_error=True, help_on_error=False,
        )  # fmt: skip
        output.finish()
    except CycloptsError:
        return USAGE
    except KeyboardInterrupt:
        output.note("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        output.give_up()  # nobody reads it any more
        return FAILED
    except output.CannotPrint as error:
        output.give_up()
        output.note(f"mcma: {error}")
        return FAILED
    except Exception as error:  # noqa: BLE001 - what is no McmaError is raised again
        return _failed(error)
    return DONE


def _failed(error: Exception) -> int:
    from mcma.domain.errors import McmaError

    if not isinstance(error, McmaError):
        raise error
    output.fail(error)
    return USAGE if error.stable_code == "usage" else FAILED
