"""The table of operations, on both engines."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mcma.control.callers import caller_named
from mcma.control.operations import OPERATIONS, perform
from mcma.domain.claiming import Said
from mcma.domain.errors import Conflict, InvalidInput, McmaError, NotAuthenticated, NotFound
from mcma.domain.matching import Facts
from mcma.services.callers import SYSTEM
from mcma.services.claims.lookup import Wanted
from mcma.services.matching.values import Proposal, Thing
from mcma.services.wanted.placing import Wish
from mcma.store.dialect import lock_catalogue
from mcma.wiring import Core
from mcma_plugins import Command
from mcma_plugins.errors import PluginError
from tests.support.audio import make_audio

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"


async def ask(core: Core, operation: str, /, **arguments: Any) -> Any:
    async def tell(event: Mapping[str, Any]) -> None:
        pass

    return await perform(core, operation, arguments, tell)


async def test_a_user_from_beginning_to_end(core: Core) -> None:
    made = await ask(core, "user.add", name="Ada", password=PASSWORD, admin=True)
    assert made["admin"] is True
    assert made["created_at"].endswith("Z")
    await ask(core, "user.add", name="bob", password=PASSWORD)
    assert [one["name"] for one in await ask(core, "user.list")] == ["Ada", "bob"]
    assert (await ask(core, "user.disable", name="bob"))["disabled_at"]
    assert (await ask(core, "user.enable", name="bob"))["disabled_at"] is None
    await ask(core, "user.passwd", name=made["id"], password="another horse battery")
    with pytest.raises(Conflict, match="last administrator"):
        await ask(core, "user.delete", name="Ada")
    await ask(core, "user.delete", name="bob")
    assert [one["name"] for one in await ask(core, "user.list")] == ["Ada"]


async def test_an_app_password_opens_the_subsonic_door(core: Core) -> None:
    await ask(core, "user.add", name="ada", password=PASSWORD)
    made = await ask(core, "user.app_password", name="ADA", device="Phone")
    assert made["username"] == "ada"
    caller = await core.services.logins.by_app_password("ada", made["password"], address="", client="")
    assert caller.name == "ada"


async def test_app_passwords_are_listed_and_taken_back(core: Core) -> None:
    await ask(core, "user.add", name="ada", password=PASSWORD)
    made = [await ask(core, "user.app_password", name="ada", device=one) for one in ("Phone", "Car")]
    logins = core.services.logins
    await logins.by_app_password("ada", made[0]["password"], address="", client="DSub")
    await logins.close()
    phone, car = await ask(core, "user.app_passwords", name="ada")
    assert (phone["name"], phone["last_client"], phone["usable"]) == ("Phone", "DSub", True)
    assert phone["last_used_at"].endswith("Z")
    assert (car["name"], car["last_used_at"]) == ("Car", None)
    assert (await ask(core, "user.revoke", name="ADA", device="Phone"))["name"] == "Phone"
    with pytest.raises(NotAuthenticated):
        await logins.by_app_password("ada", made[0]["password"], address="", client="DSub")
    with pytest.raises(NotFound, match="'Phone'"):
        await ask(core, "user.revoke", name="ada", device="Phone")
    assert [one["name"] for one in await ask(core, "user.app_passwords", name="ada")] == ["Car"]


async def test_libraries_are_shown_and_hidden(core: Core, tmp_path: Path) -> None:
    await ask(core, "user.add", name="ada", password=PASSWORD)
    for name in ("Ours", "Kids", "Jazz"):
        (tmp_path / name).mkdir()
        await ask(core, "library.add", path=str(tmp_path / name), name=name)
    assert (await ask(core, "user.libraries", name="ada", only=None))["libraries"] == ["Ours", "Kids", "Jazz"]
    hidden = await ask(core, "user.libraries", name="ADA", only=["Kids", "3"])
    assert hidden == {"name": "ada", "libraries": ["Kids", "Jazz"]}
    assert await ask(core, "user.libraries", name="ada", only=None) == hidden
    with pytest.raises(NotFound, match="'Loud'"):
        await ask(core, "user.libraries", name="ada", only=["Ours", "Loud"])
    assert await ask(core, "user.libraries", name="ada", only=None) == hidden
    assert (await ask(core, "user.libraries", name="ada", only=[]))["libraries"] == ["Ours", "Kids", "Jazz"]


async def test_rights_are_given_and_taken(core: Core) -> None:
    await ask(core, "user.add", name="ada", password=PASSWORD)
    assert (await ask(core, "user.rights", name="ada", rights={}))["rights"] == [
        "download",
        "upload",
        "share",
        "fetch",
    ]
    taken = await ask(core, "user.rights", name="ada", rights={"share": False, "upload": False})
    assert taken == {"name": "ada", "admin": False, "rights": ["download", "fetch"]}
    with pytest.raises(InvalidInput, match="download, upload, share"):
        await ask(core, "user.rights", name="ada", rights={"fly": True})


async def test_an_unknown_user_is_named_with_the_way_to_the_others(core: Core) -> None:
    with pytest.raises(NotFound, match="'nobody'") as raised:
        await ask(core, "user.passwd", name="nobody", password=PASSWORD)
    assert raised.value.hint == "mcma user list"


async def test_a_library_is_scanned_to_the_end(core: Core, tmp_path: Path) -> None:
    make_audio(tmp_path / "music" / "a.mp3", tags={"title": "A", "artist": "B", "album": "C"})
    (tmp_path / "music" / "bad.mp3").write_text("junk")
    await ask(core, "library.add", path=str(tmp_path / "music"), name="Ours")
    events: list[Mapping[str, Any]] = []

    async def tell(event: Mapping[str, Any]) -> None:
        events.append(event)

    (row,) = await perform(core, "scan", {"library": "Ours", "wait": True}, tell)
    assert (row["state"], row["scan_state"], row["songs"]) == ("succeeded", "ok", 1)
    assert row["report"]["added"] == 1
    assert [problem["path"] for problem in row["problems"]] == ["bad.mp3"]
    assert events[-1]["state"] == "succeeded"
    assert {event["label"] for event in events} == {"Ours"}
    assert await ask(core, "rebuild") == {"libraries": 1, "users": 0}
    assert (await ask(core, "library.list"))[0]["song_count"] == 1


async def test_the_doctor_says_how_the_server_is(core: Core) -> None:
    report = await ask(core, "doctor")
    assert (report["jobs"], report["libraries"], report["doorbell"]) == ({}, [], "embedded")
    assert {one["level"] for one in report["warnings"]} <= {"warning", "error"}


async def test_a_library_that_is_removed_is_gone_from_the_list(core: Core, tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    await ask(core, "library.add", path=str(tmp_path / "music"))
    await ask(core, "library.remove", library="1")
    assert await ask(core, "library.list") == []
    with pytest.raises(NotFound, match="no library yet"):
        await ask(core, "scan")


async def test_jobs_are_listed_shown_and_cancelled(core: Core, tmp_path: Path) -> None:
    job = await core.services.jobs.submit("nobody.knows", {"a": 1})
    assert [one["id"] for one in await ask(core, "job.list", kind="nobody.knows")] == [str(job)]
    assert (await ask(core, "job.show", job=str(job)))["payload"] == {"a": 1}
    assert (await ask(core, "job.cancel", job=str(job)))["state"] == "cancelled"
    assert (await ask(core, "job.retry", job=str(job)))["state"] == "queued"
    with pytest.raises(InvalidInput, match="no job's id"):
        await ask(core, "job.show", job="7")


async def test_plugins_are_listed(core: Core) -> None:
    found = {one["name"]: one for one in await ask(core, "plugin.list")}
    assert found["local"]["state"] == found["subsonic"]["state"] == "running"
    [notice] = found["musicbrainz"]["notices"]
    assert (notice["code"], notice["by_choice"]) == ("lookups_off", True)
    assert notice["hint"] == "MCMA_PLUGIN_MUSICBRAINZ_LOOKUPS=true"


async def test_a_plugins_command_answers_or_says_what_there_is(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def count(arguments: Any) -> dict[str, Any]:
        if arguments == ["break"]:
            raise RuntimeError("broken")
        return {"given": arguments}

    offer = type("Offer", (), {"plugin": "applause", "thing": Command("count", "", count)})
    monkeypatch.setattr(core.host, "commands", lambda: [offer])
    found = await ask(core, "plugin.run", plugin="applause", command="count", arguments=["a"])
    assert found == {"given": ["a"]}
    with pytest.raises(PluginError, match="applause count: RuntimeError: broken"):
        await ask(core, "plugin.run", plugin="applause", command="count", arguments=["break"])
    with pytest.raises(NotFound, match="there is: count"):
        await ask(core, "plugin.run", plugin="applause", command="nothing", arguments=[])


async def test_the_schema_is_told_per_part(core: Core) -> None:
    parts = {one["part"]: one["schema"] for one in await ask(core, "migrate")}
    assert parts["core"]


@pytest.mark.parametrize(
    ("name", "arguments"), [("nonsense", {}), ("user.list", {"more": 1}), ("user.add", {})]
)
async def test_what_this_version_does_not_know_is_refused(
    core: Core, name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(McmaError):
        await ask(core, name, **arguments)


def test_no_operation_lacks_a_name_of_its_own() -> None:
    assert len(set(OPERATIONS.values())) == len(OPERATIONS)


async def test_the_system_may_do_all_of_it() -> None:
    assert SYSTEM.is_admin


async def test_playlists_come_from_files_and_go_into_files(core: Core, tmp_path: Path) -> None:
    make_audio(tmp_path / "music" / "a" / "a.mp3", tags={"title": "A", "artist": "B", "album": "C"})
    await ask(core, "library.add", path=str(tmp_path / "music"))
    await ask(core, "scan", wait=True)
    await ask(core, "user.add", name="ada", password=PASSWORD, admin=True)
    file = tmp_path / "music" / "a" / "Sunday.m3u"
    file.write_bytes(b"a.mp3\nlost.mp3\n")
    made = await ask(core, "playlist.import", user="ada", path=str(file))
    assert (made["playlist"]["name"], made["entries"], made["matched"]) == ("Sunday", 2, 1)
    [listed] = await ask(core, "playlist.list", user="ada")
    assert listed["id"] == made["playlist"]["id"]
    told = await ask(core, "playlist.report", user="ada", playlist="Sunday", state="missing")
    assert (told["matched"], told["missing"], told["more"]) == (1, 1, False)
    assert [(one["state"], one["title"], one["track"]) for one in told["items"]] == [
        ("missing", "lost", None)
    ]
    with pytest.raises(InvalidInput):
        await ask(core, "playlist.report", user="ada", playlist="Sunday", state="odd")
    exported = await ask(core, "playlist.export", user="ada", playlist="Sunday", native=True)
    assert f"{tmp_path}/music/a/a.mp3".encode() in base64.b64decode(exported["data"])
    for wrong in ({"playlist": "Monday"}, {"playlist": "Sunday", "format": "pls"}):
        with pytest.raises((NotFound, InvalidInput)):
            await ask(core, "playlist.export", user="ada", **wrong)
    with pytest.raises(InvalidInput):
        await ask(core, "playlist.import", user="ada", path=str(tmp_path / "nothing.m3u"))


async def test_what_was_meant(core: Core) -> None:
    made = await ask(core, "user.add", name="ada", password=PASSWORD)
    caller = await caller_named(core, "ada")
    wish = Wish(wanted=Wanted(Said("Polly", ("Nirvana",), None, 177_000)))
    await core.services.download_requests.ask(caller, wish)
    [request] = (await core.services.download_requests.page(caller)).items
    assert request.claim is not None
    near = Proposal(Thing(None, "shop", "1"), Facts("Polly", ("Nirvana",), None, 187_000), "source:shop")
    async with core.database.write() as transaction:
        await lock_catalogue(transaction.connection)
        await core.services.matching.consider(transaction.connection, request.claim.id, [near])
    [listed] = await ask(core, "review.list", user="ada", state="open", limit=5)
    assert (listed["user_id"], listed["candidates"][0]["source_id"]) == (made["id"], "1")
    claim = listed["claim_id"]
    assert (await ask(core, "review.show", claim=claim))["claim"]["title"] == "Polly"
    said = {"claim": claim, "track": None, "user": "ada"}
    for wrong in (0, 2):
        with pytest.raises(InvalidInput):
            await ask(core, "review.decide", candidate=wrong, **said)
    assert (await ask(core, "review.decide", candidate=1, **said))["source_id"] == "1"
    assert await ask(core, "review.list", user=None, state="open", limit=5) == []
    assert (await ask(core, "review.undo", claim=claim, user=None))["state"] == "open"
    assert (await ask(core, "review.decide", candidate=None, **said))["state"] == "decided"
    with pytest.raises(InvalidInput):
        await ask(core, "review.show", claim="nonsense")
