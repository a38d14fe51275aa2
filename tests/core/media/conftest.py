"""Pictures for the tests of the media readers."""

import io

import pytest
from PIL import Image


def _encode(kind: str, width: int, height: int, colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, kind)
    return file.getvalue()


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return _encode("JPEG", 64, 48, "red")


@pytest.fixture(scope="session")
def png() -> bytes:
    return _encode("PNG", 30, 40, "blue")
