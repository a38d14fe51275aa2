"""Duplicates on the wire."""

from mcma.api.shapes import Shape
from mcma.services.identity.duplicates import DuplicateGroup, DuplicateTrack, Merged
from mcma.services.identity.merges import MergeView


def group(view: DuplicateGroup) -> Shape:
    return {**view._asdict(), "tracks": [_track(one) for one in view.tracks]}


def _track(view: DuplicateTrack) -> Shape:
    return {**view._asdict(), "files": [one._asdict() for one in view.files]}


def merge(view: MergeView) -> Shape:
    told = view._asdict()
    for side in ("loser", "winner"):
        told[side] = {"id": told.pop(f"{side}_id"), "name": told.pop(f"{side}_name")}
    return told


def merged(view: Merged) -> Shape:
    return {**view._asdict(), "merges": [merge(one) for one in view.merges]}
