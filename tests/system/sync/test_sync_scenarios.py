"""The stories that have to end well before anybody may rely on the sync protocol, and the tests that tell
them, each on SQLite and on PostgreSQL. All of them at once, in any order: `test_sync_machine.py`."""

import ast
from pathlib import Path

from tests.bench.targets import ROWS

ROOT = Path(__file__).parents[3]
SERVICES, API, CLIENT, HERE = "core/services/sync", "core/api", "client", "system/sync"
SCENARIOS: dict[str, tuple[str, ...]] = {
    "a snapshot is interrupted and resumed": (
        f"{CLIENT}/test_replica.py::test_an_interrupted_snapshot_goes_on_where_it_was",
    ),
    "a change during a snapshot": (
        f"{SERVICES}/test_sync_feed.py::test_what_changes_while_pages_are_read_comes_again",
    ),
    "the same batch twice": (f"{SERVICES}/test_push_order.py::test_a_batch_and_the_same_batch_again",),
    "half a batch is delivered": (f"{SERVICES}/test_push_order.py::test_half_a_batch_and_the_rest",),
    "two devices like and unlike in crossed order with wrong clocks": (
        f"{SERVICES}/test_push_logs.py::test_two_devices_in_crossed_order_with_wrong_clocks",
        f"{CLIENT}/test_outbox.py::test_clocks_that_are_years_off",
    ),
    "one play is sent natively and by Subsonic": (
        f"{SERVICES}/test_push_logs.py::test_one_play_by_three_channels",
    ),
    "a playlist is edited on two devices while a third deletes it": (
        f"{SERVICES}/test_push_playlists.py::test_two_devices_edit_while_a_third_deletes",
    ),
    "a track is merged while it is liked and downloaded": (
        f"{HERE}/test_sync_stories.py::test_a_track_that_is_merged_while_it_is_liked_and_downloaded",
    ),
    "access to a library is revoked": (f"{CLIENT}/test_replica.py::test_a_library_that_comes_and_goes",),
    "a cursor is older than the retention": (
        f"{HERE}/test_sync_stories.py::test_away_for_longer_than_deletions_are_told",
    ),
    "the server is put back from a backup": (
        f"{HERE}/test_sync_stories.py::test_a_server_that_is_put_back_gets_again_what_it_lost",
    ),
    "a device is revoked": (
        f"{HERE}/test_sync_stories.py::test_a_device_that_is_revoked_with_things_to_say",
    ),
    "an unknown type is ignored": (
        f"{CLIENT}/test_replica.py::test_unknown_types_and_fields_do_no_harm",
        f"{SERVICES}/test_push_order.py::test_what_is_rejected_never_blocks",
    ),
    "a file is resumed after it was replaced": (
        f"{API}/test_native_files.py::test_whoever_goes_on_with_a_download_never_mixes_two_files",
        f"{CLIENT}/test_files.py::test_a_file_that_was_replaced",
    ),
    "eight write at once and a follower misses nothing": (
        f"{API}/test_sync_race.py::test_a_follower_misses_nothing_of_eight_writers",
    ),
}
MEASURED = "snapshot_memory"
"""A library of 100,000 tracks within a stated memory is a row of the bench."""


def test_every_scenario_has_its_tests() -> None:
    named = [one.split("::") for tests in SCENARIOS.values() for one in tests]
    for path, name in named:
        tree = ast.parse((ROOT / "tests" / path).read_text())
        defined = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in defined, f"{path} has no {name}"


def test_a_large_library_has_its_row() -> None:
    [row] = [one for one in ROWS if one.name == MEASURED]
    assert row.target is not None and row.target < 2, "ten times the tracks, not ten times the memory"
