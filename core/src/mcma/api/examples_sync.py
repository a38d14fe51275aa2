"""Examples of the sync protocol's answers."""

from datetime import datetime
from typing import Any

_SCOPE = "catalog:019353a0-0000-7000-8000-000000000001"
_TRACK = "019353a0-0000-7000-8000-000000000004"


def sync_examples(at: datetime) -> dict[str, Any]:
    line = {
        "seq": 184233, "scope": _SCOPE, "type": "track@1", "id": _TRACK, "op": "put", "rev": 7,
        "data": {"title": "Sinnerman", "duration_ms": 622000},
    }  # fmt: skip
    digest = {"scope": _SCOPE, "type": "track@1", "items": 48211, "sum": "9f3c5d1a00e7b244"}
    scope, limits = (
        {"scope": "me", "epoch": "019353a0"},
        {
            "changes": 1000,
            "wait_seconds": 30,
            "push_events": 500,
            "push_bytes": 1_048_576,
        },
    )
    result = {
        "id": "019353a0-0000-7000-8000-00000000000d",
        "n": 17,
        "status": "applied",
        "seq": 184240,
        "code": None,
        "message": None,
        "canonical": None,
    }
    return {
        "SyncScopeView": scope, "SyncLimits": limits, "SyncLine": line, "SyncTypeDigest": digest,
        "SyncDigest": {"items": [digest]},
        "SyncCapabilities": {
            "protocol": 1, "scopes": [scope], "types": ["track@1"],
            "events": ["like.set", "play"], "retention_days": 180,
            "server_time": at, "limits": limits,
        },
        "SyncPushResult": result,
        "SyncPushed": {
            "acked_n": 17, "head": 184240, "epoch": "019353a0", "server_time": at, "results": [result],
        },
        "SyncChanges": {
            "changes": [line], "next": "WyIwMTkzIiwxODQyMzNd", "more": False, "epoch": "019353a0",
            "server_time": at,
        },
    }  # fmt: skip
