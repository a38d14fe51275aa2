"""The OpenAPI document: complete, true, the same every time."""

import re
from pathlib import Path
from typing import Any

import pytest

from mcma.api.options import ApiOptions
from tests.support.server import Server, app_of

pytestmark = pytest.mark.anyio
TESTED_IN = {
    "auth": "login refresh logout setup get_me change_my_password get_my_subsonic_password "
    "rotate_my_subsonic_password rotate_subsonic_password list_app_passwords create_app_password "
    "revoke_app_password list_users create_user get_user update_user delete_user",
    "admin": "get_overview list_settings",
    "stats": "get_statistics get_listening_statistics",
    "sync": "sync_capabilities sync_snapshot sync_changes sync_digest",
    "push": "sync_push",
    "offline": "plan_offline",
    "access": "list_access set_access grant_access withdraw_access",
    "devices": "list_devices create_device put_device get_device update_device revoke_device",
    "server": "list_libraries add_library get_library update_library remove_library list_problems "
    "list_sources get_source_health scan list_jobs get_job cancel_job retry_job list_plugins",
    "lists": "list_artists get_artist list_artist_albums list_albums get_album list_album_tracks "
    "list_tracks get_track list_artist_tracks list_labels get_label list_label_albums list_genres search",
    "batches": "batch_tracks batch_albums batch_artists batch_playlists",
    "media": "stream cover",
    "files": "list_track_files get_file get_file_content",
    "file_renditions": "get_file_rendition",
    "decisions": "decide_stream",
    "downloads": "download",
    "renditions": "list_profiles list_renditions request_rendition",
    "edits": "update_track",
    "tag_writing": "list_tag_writes write_tags preview_tag_writes get_tag_write undo_tag_write",
    "fields": "list_track_fields take_track release_track",
    "duplicates": "list_duplicates get_duplicate_summary find_duplicates get_duplicate merge_duplicates "
    "dismiss_duplicates undismiss_duplicates",
    "merges": "merge_track list_merges get_merge undo_merge",
    "artists": "merge_artist split_artist get_artist_details update_artist list_album_editions merge_label",
    "radio": "start_radio continue_radio",
    "similar": "list_similar_tracks list_similar_artists list_top_tracks",
    "about": "get_about set_about delete_about get_picture",
    "sonic": "list_sounding_like get_path",
    "lyrics": "get_lyrics set_lyrics delete_lyrics get_lyrics_file",
    "listening": "list_likes report_likes like unlike rate unrate report_plays list_now_playing "
    "set_now_playing",
    "playlists": "list_playlists create_playlist get_playlist update_playlist delete_playlist "
    "list_playlist_items add_playlist_items replace_playlist_items move_playlist_item "
    "remove_playlist_items remove_playlist_item clear_playlist move_playlist_items dedupe_playlist "
    "restore_playlist duplicate_playlist decide_playlist_item import_playlist export_playlist "
    "get_match_report import_linked_playlist refresh_playlist unfollow_playlist request_missing "
    "get_rules_schema create_smart_playlist preview_rules get_playlist_rules set_playlist_rules "
    "freeze_playlist import_smart_playlist",
    "resuming": "list_bookmarks get_bookmark set_bookmark remove_bookmark get_queue save_queue list_queues",
    "people": "set_my_avatar remove_my_avatar get_avatar list_stations create_station get_station "
    "update_station delete_station",
    "shares": "list_shares create_share get_share update_share delete_share",
    "imports": "list_imports start_import get_import list_import_problems",
    "uploads": "upload_track remove_track",
    "wanted": "list_download_requests request_download get_download_request remove_download_request "
    "cancel_download_request retry_download_request approve_download_request reject_download_request",
    "reviews": "list_reviews decide_reviews get_review decide_review undo_review list_match_blocks "
    "block_match unblock_match",
    "enrichment": "get_enrichment start_enrichment list_enrichment_runs get_enrichment_run accept_enrichment "
    "refuse_enrichment undo_enrichment list_enrichment_items get_enriched_item",
    "outside": "search_source get_source_item list_source_contents",
    "credentials": "set_source_credential remove_source_credential",
    "events": "events",
    "health": "get_health get_readiness",
}
"""Which operations each `test_native_<name>.py` tries. A new one is to be added here, and there."""


@pytest.fixture
def document(server: Server) -> dict[str, Any]:
    return server.nobody.document.document


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        one["operationId"]: (method, path, one)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    }


async def test_every_route_is_described(server: Server, document: dict[str, Any]) -> None:
    described = operations(document)
    assert len(described) == sum(len(methods) for methods in document["paths"].values())
    for method, path, one in described.values():
        assert one["summary"], (method, path)
        assert set(one["tags"]) <= {tag["name"] for tag in document["tags"]}
        assert re.fullmatch(r"[a-z_]+", one["operationId"])
        assert "default" in one["responses"]
        for parameter in one.get("parameters", []):
            assert parameter.get("description"), (path, parameter["name"])


async def test_every_answer_and_body_has_an_example_that_is_true(
    server: Server, document: dict[str, Any]
) -> None:
    for _, path, one in operations(document).values():
        contents = [answer.get("content", {}) for answer in one["responses"].values()]
        for content in [*contents, one.get("requestBody", {}).get("content", {})]:
            for kind, media in content.items():
                if "json" not in kind:
                    continue
                assert "example" in media, (path, kind)
                server.nobody.document.validate(media["example"], media["schema"])


async def test_every_schema_has_an_example(document: dict[str, Any]) -> None:
    assert [name for name, one in document["components"]["schemas"].items() if "examples" not in one] == []


async def test_fields_of_bodies_say_what_they_mean(document: dict[str, Any]) -> None:
    rev = document["components"]["schemas"]["PlaylistChange"]["properties"]["rev"]
    assert rev["description"].startswith("The `rev` that was seen")


async def test_all_but_a_few_doors_need_a_login(document: dict[str, Any]) -> None:
    open_to_all = {name for name, (_, _, one) in operations(document).items() if "security" not in one}
    assert open_to_all == {
        "login",
        "refresh",
        "logout",
        "setup",
        "get_picture",
        "get_health",
        "get_readiness",
    }


async def test_every_operation_refuses_strangers(server: Server, document: dict[str, Any]) -> None:
    for method, path, one in operations(document).values():
        if "security" in one:
            some = re.sub(r"\{\w+\}", "019353a0-0000-7000-8000-000000000001", path)
            await server.nobody.ask(method.upper(), some, 401)


async def test_every_operation_is_tried_by_a_test(document: dict[str, Any]) -> None:
    tried = {name: where for where, names in TESTED_IN.items() for name in names.split()}
    assert set(tried) == set(operations(document))
    for name, where in tried.items():
        _, path, _ = operations(document)[name]
        word = next(part for part in reversed(path.split("/")) if part and not part.startswith("{"))
        source = Path(__file__).with_name(f"test_native_{where}.py").read_text()
        assert word in source, f"{name} is not tried in test_native_{where}.py"


async def test_it_is_an_openapi_document(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    names = set(document["components"]["schemas"])
    assert set(re.findall(r"#/components/schemas/(\w+)", str(document))) <= names
    assert "HTTPValidationError" not in names
    for path, methods in document["paths"].items():
        for one in methods.values():
            declared = {p["name"] for p in one.get("parameters", []) if p["in"] == "path"}
            assert declared == set(re.findall(r"\{(\w+)\}", path)), path


async def test_it_is_the_same_every_time(server: Server) -> None:
    from mcma.api.openapi import document

    first, second = (document(app_of(server.core), ApiOptions().base_path) for _ in range(2))
    assert first == second
    assert list(first["paths"]) == list(second["paths"])
