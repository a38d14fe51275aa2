"""Every kind of broken plugin beside a good one: the host comes up, says what is wrong, the rest works."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from mcma.host import Environment, Limits, MigrationFailed, PluginHost, PluginRecord, SchemaNewer
from mcma_plugins.events import LikeRecorded
from mcma_plugins.ids import UserId
from mcma_plugins.testing import FakeContext
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.distributions import BROKEN, installed_into

SECRET = "hunter2-hunter2"
LIKE = LikeRecorded(UserId(UUID(int=1)), ItemRef(ItemKind.TRACK, UUID(int=2)), True, datetime.now(UTC))
REQUIRES = {"unmet": ["mcma-plugins>=0.1,<0.2", "pluggy>=99", "not-on-this-machine", "nothing; extra == 'x'"]}
ENVIRON = {
    "MCMA_PLUGIN_BAD_SECRET_TOKEN": SECRET,
    "MCMA_PLUGIN_BAD_SECRET_OTHER": SECRET[::-1],
    "MCMA_PLUGIN_TWO_SECRETS_TOKEN": SECRET,
    "MCMA_PLUGIN_TWO_SECRETS_TOKEN_FILE": "/nowhere",
    "MCMA_PLUGIN_START_TELLS_SECRET_TOKEN": SECRET,
}


class Row(NamedTuple):
    name: str
    state: str
    reason: tuple[str, ...] = ()


TABLE = [
    Row("good", "running"),
    Row("import_error", "load_failed", ("ModuleNotFoundError", "no_such_module_anywhere")),
    Row("assertion", "load_failed", ("AssertionError", "checked at import")),
    Row("system_exit", "load_failed", ("SystemExit", "left at import")),
    Row("import_hangs", "load_failed", ("no answer within 1 s",)),
    Row("not_a_class", "bad_contract", ("must be a class",)),
    Row("wrong_class", "bad_contract", ("no subclass of mcma_plugins.Plugin",)),
    Row("other_name", "bad_contract", ("'other_name'", "'somebody_else'")),
    Row("wrong_api", "incompatible", (">=7,<8", "0.1.0")),
    Row("bad_specifier", "bad_contract", ("about one",)),
    Row("unmet", "incompatible", ("pluggy>=99 (", "is installed)", "not-on-this-machine (not installed)")),
    Row("needs_absent", "incompatible", ("nowhere", "not installed")),
    Row("needs_failing", "incompatible", ("start_raises", "start_failed", "the disk is on fire")),
    Row("circle_a", "incompatible", ("circle_a", "circle_b")),
    Row("circle_b", "incompatible", ("circle_a", "circle_b")),
    Row("missing_setting", "bad_config", ("MCMA_PLUGIN_MISSING_SETTING_FOLDER: Field required",)),
    Row("bad_secret", "bad_config", ("MCMA_PLUGIN_BAD_SECRET_TOKEN", "is no key", "OTHER", "at least 40")),
    Row("two_secrets", "bad_config", ("both MCMA_PLUGIN_TWO_SECRETS_TOKEN and", "_TOKEN_FILE are set")),
    Row("start_tells_secret", "start_failed", ("******** was refused",)),
    Row("init_raises", "start_failed", ("__init__", "not today")),
    Row("init_hangs", "start_failed", ("__init__", "within 0.3 s")),
    Row("start_raises", "start_failed", ("RuntimeError", "the disk is on fire")),
    Row("start_hangs", "start_failed", ("within 0.3 s",)),
    Row("start_deaf", "start_failed", ("within 0.3 s",)),
    Row("start_exits", "start_failed", ("SystemExit: 3",)),
    Row("start_cancels", "start_failed", ("CancelledError",)),
    Row("start_needs_login", "auth_required", ("the cookie is too old",)),
    Row("start_off", "disabled", ("off until it is turned on",)),
    Row("hook_raises", "running"),
    Row("hook_hangs", "running"),
    Row("hook_exits", "running"),
    Row("wrong_signature", "bad_contract", ("hook like_recorded", "'liked'", "(event)")),
    Row("sync_hook", "bad_contract", ("hook like_recorded", "async def")),
    Row("bad_sources", "bad_contract", ("sources()", "object is no Source")),
    Row("bad_answer", "bad_contract", ("commands()", "not NoneType")),
    Row("bad_jobs", "bad_contract", ("'scan'", "bad_jobs.<verb>")),
    Row("ability_raises", "bad_contract", ("commands()", "LookupError: no idea")),
    Row("core_mount", "bad_contract", ("/api/v1", "belongs to core")),
    Row("mount_first", "running"),
    Row("mount_second", "bad_contract", ("/rest", "belongs to plugin mount_first")),
    Row("tables", "migration_failed", ("no such column",)),
    Row("tables_newer", "schema_newer", ("revision 9",)),
    Row("twin", "load_failed", ("2 plugins are called twin", "mcma-twin-one 1.0", "mcma-twin-two 1.0")),
]


class Scene(NamedTuple):
    host: PluginHost
    records: dict[str, PluginRecord]
    good: object


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    path = tmp_path_factory.mktemp("broken")
    with installed_into(path) as site:
        for row in TABLE:
            if row.name != "twin":
                site.install_broken(row.name, requires=REQUIRES.get(row.name, ()))
        for which in ("one", "two"):
            site.install("twin", "raise RuntimeError", distribution=f"mcma-twin-{which}")
        yield asyncio.run(_played(path))


async def _played(path: Path) -> Scene:
    limits = Limits(load=1.0, make=0.3, start=0.3, stop=0.3, hook=0.2)
    allow = {row.name for row in TABLE}
    host = PluginHost(environment=Environment(environ=ENVIRON), allow=allow, limits=limits)
    host.load()
    good = host._inventory.hosted["good"].plugin
    await host.start(lambda record: FakeContext(path / record.name).context, _migrate)
    await host.hear("like_recorded", event=LIKE)
    await host.stop()
    records = {record.name: record for record in host.records() if record.name in allow}
    return Scene(host, records, good)


async def _migrate(record: PluginRecord, folder: Path) -> None:
    assert folder.is_dir()
    if record.name == "tables_newer":
        raise SchemaNewer("made by revision 9")
    raise MigrationFailed("no such column")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_it_is_listed_with_state_and_reason(scene: Scene, row: Row) -> None:
    record = scene.records[row.name]
    assert record.state == row.state, record.reason
    for part in row.reason:
        assert part in (record.reason or "")
    assert (record.reason is None) == (row.state == "running")


def test_every_broken_plugin_is_in_the_table() -> None:
    assert {path.stem for path in BROKEN.glob("*.py")} == {row.name for row in TABLE} - {"twin"}


def test_both_twins_are_reported(scene: Scene) -> None:
    twins = [record for record in scene.host.records() if record.name == "twin"]
    assert [record.distribution for record in twins] == ["mcma-twin-one", "mcma-twin-two"]


def test_the_good_one_heard_and_stopped(scene: Scene) -> None:
    assert getattr(scene.good, "heard", None) == [LIKE]
    assert getattr(scene.good, "stopped", False)
    assert not scene.records["good"].degraded


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("hook_raises", "RuntimeError: I do not like it"),
        ("hook_hangs", "no answer within 0.2 s"),
        ("hook_exits", "SystemExit: enough"),
    ],
)
def test_a_failing_hook_degrades_its_plugin(scene: Scene, name: str, error: str) -> None:
    record = scene.records[name]
    assert (record.degraded, record.errors, record.last_error) == (True, 1, error)


def test_no_secret_is_told(scene: Scene) -> None:
    told = repr([record.as_dict() for record in scene.host.records()])
    assert SECRET not in told
    assert SECRET[::-1] not in told


def test_a_hint_says_what_to_do(scene: Scene) -> None:
    assert scene.records["start_needs_login"].hint == "export a new one"
    assert scene.records["start_off"].hint == "MCMA_PLUGIN_START_OFF_ENABLED=true"
    assert scene.records["twin"].hint == "uninstall all but one"
