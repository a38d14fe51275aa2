"""What the host and the test kit say about classes and answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mcma_plugins import (
    Adapter,
    Command,
    JobKind,
    NamedSchedule,
    Plugin,
    PluginSettings,
    Schedule,
    SourceHealth,
)
from mcma_plugins.database import Id, synced_table
from mcma_plugins.rules import answer_problems, class_problems, mounts_collide, overridden

DAILY = Schedule("demo.run", timedelta(days=1), {})


def made(**attributes: Any) -> type:
    return type("Made", (Plugin,), {"name": "made", **attributes})


async def coroutine(self: object, event: object) -> None: ...
async def positional(self: object, event: object, /) -> None: ...
async def without(self: object) -> None: ...
async def optional(self: object, event: object, extra: int = 1) -> None: ...
async def anything(self: object, *rest: object, **more: object) -> None: ...
async def keyword(self: object, event: object, *, extra: int) -> None: ...
async def selfless() -> None: ...
def plain(self: object, event: object) -> None: ...
def generator(self: object) -> Any:
    yield 1


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({}, None),
        ({"track_added": coroutine}, None),
        ({"track_added": without}, None),
        ({"track_added": optional}, None),
        ({"track_added": anything}, None),
        ({"track_added": positional}, "hook track_added: has no parameter 'event'"),
        ({"track_added": keyword}, "hook track_added: has no parameter 'extra', it has (event)"),
        ({"track_added": selfless}, "hook track_added: lacks self"),
        ({"track_added": plain}, "hook track_added: must be `async def`"),
        ({"track_added": 5}, "hook track_added: must be a method"),
        ({"track_added": property(len)}, "hook track_added: must be a method"),
        ({"sources": without}, "hook sources: must be a plain function"),
        ({"sources": generator}, "hook sources: must not be a generator"),
        ({"start": plain}, "start must be `async def`"),
        ({"name": "Bad-Name"}, "name must match"),
        ({"name": 5}, "name must match"),
        ({"api": 5}, "api must be a string"),
        ({"requires": "local"}, "requires must be a tuple"),
        ({"settings_model": dict}, "settings_model must be"),
    ],
)
def test_classes(attributes: dict[str, Any], said: str | None) -> None:
    problems = class_problems(made(**attributes))
    assert len(problems) == (0 if said is None else 1)
    assert said is None or said in problems[0]


def test_overriding_is_registering() -> None:
    assert overridden(made()) == ()
    assert overridden(made(track_added=coroutine, sources=plain, helper=plain)) == ("sources", "track_added")


class Source:
    def __init__(self, name: object) -> None:
        self.name = name

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")


def _table(name: str) -> sa.Table:
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("id", Id(), primary_key=True),
        sa.Column("user_id", Id()),
        sa.Column("words", sa.Text()),
        sa.Column("picture", sa.LargeBinary()),
        sa.Column("Loud", sa.Text()),
    )


NOTES, OTHERS = _table("plugin_demo_notes"), _table("plugin_demonstration_notes")


async def run(_: object) -> Mapping[str, Any]:
    return {}


def build(_: object) -> Any:
    return None


@pytest.mark.parametrize(
    ("hook", "answer", "said"),
    [
        ("sources", [], None),
        ("sources", [Source("demo")], None),
        ("sources", [Source("Demo")], "name 'Demo'"),
        ("sources", [Source(5)], "name 5"),
        ("sources", [Source("a"), Source("a")], "a is there twice"),
        ("sources", "text", "list or tuple, not str"),
        ("enrichers", [Source("a")], "no Enricher"),
        ("similarities", [Source("a")], "no Similarity"),
        ("adapters", [Adapter("/rest", build)], None),
        ("adapters", [Adapter("/apis", build)], None),
        ("adapters", [Adapter("/", build)], "mount '/'"),
        ("adapters", [Adapter("", build)], "mount ''"),
        ("adapters", [Adapter("rest", build)], "mount 'rest'"),
        ("adapters", [Adapter("/rest/", build)], "mount '/rest/'"),
        ("adapters", [Adapter("/health", build)], "belongs to core"),
        ("adapters", [Adapter("/api/x", build)], "belongs to core"),
        ("adapters", [Adapter("/x", None)], "cannot be called"),  # type: ignore[arg-type]
        ("adapters", [object()], "no Adapter"),
        ("jobs", [JobKind("demo.run", run)], None),
        ("jobs", [JobKind("demonstration.run", run)], "demo.<verb>"),
        ("jobs", [JobKind("demo.", run)], "demo.<verb>"),
        ("jobs", [JobKind("demo.run", run, max_attempts=0)], "at least one attempt"),
        ("jobs", [JobKind("demo.run", None)], "cannot be called"),  # type: ignore[arg-type]
        ("schedules", [NamedSchedule("demo.daily", DAILY)], None),
        ("schedules", [NamedSchedule("daily", DAILY)], "schedule 'daily'"),
        ("schedules", [NamedSchedule("demo.daily", replace(DAILY, kind="scan"))], "kind 'scan'"),
        ("schedules", [NamedSchedule("demo.daily", replace(DAILY, every=timedelta(0)))], "a second apart"),
        ("schedules", [NamedSchedule("demo.daily", None)], "no NamedSchedule"),  # type: ignore[arg-type]
        ("schedules", [NamedSchedule("demo.a", DAILY), NamedSchedule("demo.a", DAILY)], "is there twice"),
        ("synced_tables", [synced_table(NOTES, "me", columns=["words"])], None),
        ("synced_tables", [NOTES], "no SyncedTable"),
        (
            "synced_tables",
            [synced_table(OTHERS, "me", columns=["words"])],
            "must be called plugin_demo_<words>",
        ),
        ("commands", [Command("go", "Goes.", run)], None),
        ("commands", [Command("Go!", "Goes.", run)], "name 'Go!'"),
        ("migrations", None, None),
        ("migrations", Path("/"), None),
        ("migrations", Path("/not/here"), "existing folder"),
        ("migrations", "/", "existing folder"),
    ],
)
def test_answers(hook: str, answer: object, said: str | None) -> None:
    problems = answer_problems("demo", hook, answer)
    assert len(problems) == (0 if said is None else 1), problems
    assert said is None or said in problems[0]


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b", True),
        ("/a/b", "/a", True),
        ("/a", "/ab", False),
        ("/a", "/b", False),
    ],
)
def test_mounts(one: str, other: str, collide: bool) -> None:
    assert mounts_collide(one, other) is collide


def test_settings_of_a_plugin_are_settings() -> None:
    assert class_problems(made(settings_model=PluginSettings)) == []


@pytest.mark.parametrize(
    ("table", "scope", "more", "said"),
    [
        (NOTES, "mine", {}, "none of me, catalog, shared"),
        (NOTES, "catalog", {}, "no column 'library_id'"),
        (NOTES, "me", {"scope_column": "words"}, "words must be an Id"),
        (NOTES, "shared", {"scope_column": "user_id"}, "has no scope_column"),
        (NOTES, "me", {"columns": ["sound"]}, "no column 'sound'"),
        (NOTES, "me", {"columns": ["picture"]}, "cannot be told"),
        (NOTES, "me", {"columns": ["Loud"]}, "with a plain name"),
        (NOTES, "me", {"columns": []}, "each once"),
        (NOTES, "me", {"columns": ["words", "words"]}, "each once"),
        (NOTES, "me", {"id_column": "user_id"}, "primary key must be user_id"),
        (_table("plugin_demo_" + "x" * 50), "me", {}, "at most 50"),
    ],
)
def test_a_table_that_cannot_be_synced(table: sa.Table, scope: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        synced_table(table, scope, **{"columns": ["words"], **more})
