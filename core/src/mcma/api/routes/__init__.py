"""The routes of the native API, one module per area. Each translates; the rules are in the services."""

from fastapi import FastAPI

from mcma.api.routes import (
    about,
    access,
    admin,
    albums,
    app_passwords,
    artists,
    auth,
    batches,
    bookmarks,
    covers,
    decisions,
    devices,
    downloads,
    events,
    files,
    genres,
    imports,
    jobs,
    labels,
    libraries,
    likes,
    lyrics,
    me,
    playlist_files,
    playlist_items,
    playlists,
    plays,
    plugins,
    queues,
    radio,
    ratings,
    renditions,
    search,
    shares,
    similar,
    smart_playlists,
    sources,
    stats,
    tracks,
    uploads,
    users,
)

_AREAS = (
    tracks,
    renditions,
    decisions,
    files,
    lyrics,
    batches,
    covers,
    downloads,
    albums,
    artists,
    about,
    similar,
    radio,
    genres,
    labels,
    search,
    likes,
    ratings,
    plays,
    playlists,
    playlist_items,
    queues,
    bookmarks,
    shares,
    auth,
    me,
    app_passwords,
    users,
    libraries,
    imports,
    uploads,
    sources,
    jobs,
    events,
    plugins,
    devices,
    access,
    playlist_files,
    smart_playlists,
    stats,
    admin,
)
"""What is asked for most comes first: routes are looked through in order."""


def add_native_api(app: FastAPI) -> None:
    """Straight into the application's own list: FastAPI looks through a router inside a router for every
    request, which costs more than most of the requests themselves."""
    for area in _AREAS:
        app.router.routes.extend(area.router.routes)


__all__ = ["add_native_api"]
