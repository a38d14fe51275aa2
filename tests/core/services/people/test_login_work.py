"""What a failed login costs the server, counted: the same whether there is such a user or not."""

from collections import Counter
from typing import Any

import pytest

from mcma.domain.errors import NotAuthenticated
from mcma.services.people import logins as module
from mcma.services.people.accounts import LEAST
from mcma.services.people.secretbox import SecretBox
from mcma.store.engine import Database
from tests.support.household import Household, household

pytestmark = pytest.mark.anyio
HERE: dict[str, Any] = {"address": "192.0.2.1", "client": "tests"}


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts secrets that are decrypted and compared."""
    counted: Counter[str] = Counter()
    opening, comparing = SecretBox.open, module._same

    def opened(self: SecretBox, sealed: bytes, key_id: str, owner: bytes) -> bytes | None:
        counted["decrypted"] += 1
        return opening(self, sealed, key_id, owner)

    def compared(one: bytes, other: bytes) -> bool:
        counted["compared"] += 1
        return comparing(one, other)

    monkeypatch.setattr(SecretBox, "open", opened)
    monkeypatch.setattr(module, "_same", compared)
    return counted


async def cost(home: Household, work: Counter[str], name: str, *, token: bool) -> Counter[str]:
    work.clear()
    with pytest.raises(NotAuthenticated) as refused:
        if token:
            await home.logins.by_token(name, "0" * 32, "salt", **HERE)
        else:
            await home.logins.by_app_password(name, "wrong", **HERE)
    assert refused.value.message == "Wrong name or app password."
    return Counter(work)


@pytest.mark.parametrize("token", [False, True])
async def test_nobody_costs_what_somebody_costs(database: Database, work: Counter[str], token: bool) -> None:
    home = household(database)
    await home.person("none")
    one, many = await home.person("one"), await home.person("many")
    await home.app_passwords.create(one, "phone")
    for number in range(LEAST):
        await home.app_passwords.create(many, f"phone {number}")
    off = await home.person("off")
    await home.app_passwords.create(off, "phone")
    await home.users.disable(await home.person("root", admin=True), off.user_id)
    names = ("unknown", "none", "one", "many", "off")
    first = [await cost(home, work, name, token=token) for name in names]
    assert first == [{"decrypted": LEAST, "compared": LEAST}] * len(names)
    again = [await cost(home, work, name, token=token) for name in names]
    assert again == [{"compared": LEAST}] * len(names)
    await home.logins.close()
