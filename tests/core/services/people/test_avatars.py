"""Pictures of people: what is kept of a file, and who has none."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.people.avatars import SIDE, AvatarService
from mcma.store.engine import Database
from mcma.store.tables.people import avatars
from mcma_plugins.people import Avatars as Contract
from tests.support.household import household

pytestmark = pytest.mark.anyio


def picture(size: tuple[int, int], kind: str = "JPEG", mode: str = "RGB", **more: Any) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 200 if mode != "RGB" else (200, 30, 30)).save(target, kind, **more)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    ("data", "side"),
    [
        (picture((2000, 900)), SIDE),
        (picture((90, 3000), "PNG"), 90),
        (picture((640, 640), "WEBP"), SIDE),
        (picture((40, 30), "GIF", "P"), 30),
        (picture((600, 600), "PNG", "LA"), SIDE),
        (picture((600, 600), "PNG", "I;16"), SIDE),
        (picture((600, 600), "JPEG", "CMYK"), SIDE),
        (picture((600, 600), "PNG", "1"), SIDE),
        (picture((1, 1)), 1),
    ],
)
async def test_a_small_square_is_kept(database: Database, data: bytes, side: int) -> None:
    jo, service = await household(database).person("jo", password=None), AvatarService(database)
    await service.put(jo, data)
    found = await service.of(jo, jo.user_id)
    image = opened(found.data)
    assert (image.format, image.size, image.mode) == ("JPEG", (side, side), "RGB")
    assert (found.content_type, found.placeholder) == ("image/jpeg", False)


async def test_where_and_when_it_was_taken_is_not_kept(database: Database) -> None:
    jo, service = await household(database).person("jo", password=None), AvatarService(database)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "A camera", 6
    exif.get_ifd(0x8825)[1] = "N"
    wide = Image.new("RGB", (400, 200), (255, 0, 0))
    wide.paste((0, 0, 255), (0, 0, 200, 200))
    target = io.BytesIO()
    wide.save(target, "JPEG", exif=exif, comment=b"at home")
    await service.put(jo, target.getvalue())
    kept = (await service.of(jo, jo.user_id)).data
    assert not any(secret in kept for secret in (b"Exif", b"camera", b"at home"))
    blue, red = (opened(kept).convert("RGB").getpixel((100, y)) for y in (20, 180))
    assert isinstance(blue, tuple) and isinstance(red, tuple)
    assert blue[2] > 200 > blue[0], "turned upright first"
    assert red[0] > 200 > red[2]


async def test_it_changes_and_goes(database: Database) -> None:
    home = household(database)
    jo, al = await home.person("jo", password=None), await home.person("al", password=None)
    service = AvatarService(database)
    contract: Contract = service
    assert (await home.users.get(jo, jo.user_id)).avatar_changed_at is None
    drawn = await contract.avatar(al, " JO ")
    assert drawn.placeholder
    assert await contract.avatar(al, "jo") == drawn
    assert (await contract.avatar(al, "al")).etag != drawn.etag
    await service.put(jo, picture((50, 50)))
    first = await contract.avatar(al, "jo")
    before = (await home.users.get(jo, jo.user_id)).avatar_changed_at
    await service.put(jo, picture((60, 60)))
    second = await contract.avatar(al, "jo")
    after = (await home.users.get(jo, jo.user_id)).avatar_changed_at
    assert before is not None and after is not None and after > before
    assert len({drawn.etag, first.etag, second.etag}) == 3
    await service.remove(jo)
    await service.remove(jo)
    assert await contract.avatar(al, "jo") == drawn
    assert (await home.users.get(jo, jo.user_id)).avatar_changed_at is None


@pytest.mark.parametrize(
    "name", ["nobody", "", "\ud800", "a\x00", "x" * 5000], ids=lambda name: ascii(name[:9])
)
async def test_nobody_has_a_picture(database: Database, name: str) -> None:
    service = AvatarService(database)
    with pytest.raises(NotFound):
        await service.avatar(SYSTEM, name)
    with pytest.raises(NotFound):
        await service.put(SYSTEM, picture((5, 5)))


def a_bomb() -> bytes:
    """A few bytes that claim ten thousand pixels each way."""
    data = bytearray(picture((1, 1), "PNG"))
    data[16:24] = (10_000).to_bytes(4, "big") * 2
    return bytes(data)


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", b"\xff\xd8\xff", picture((50, 50))[:200], picture((9, 9), "TIFF"), a_bomb()]
)
async def test_what_is_no_picture_leaves_the_one_there_is(database: Database, data: bytes) -> None:
    jo, service = await household(database).person("jo", password=None), AvatarService(database)
    await service.put(jo, picture((50, 50)))
    before = await service.of(jo, jo.user_id)
    with pytest.raises(InvalidInput):
        await service.put(jo, data)
    assert await service.of(jo, jo.user_id) == before


async def test_a_picture_goes_with_its_person(database: Database) -> None:
    home = household(database)
    jo, service = await home.person("jo", password=None), AvatarService(database)
    await asyncio.gather(*(service.put(jo, picture((side, side))) for side in (10, 20, 30)))
    assert await home.count(avatars) == 1
    await home.users.delete(SYSTEM, jo.user_id)
    assert await home.count(avatars) == 0
