"""Answers that may be a few seconds old."""

from mcma.services.recent import Recent


def test_an_answer_is_kept_for_its_seconds() -> None:
    now = [0.0]
    recent: Recent[str, int] = Recent(5, clock=lambda: now[0])
    assert recent.get("a") is None
    assert recent.put("a", 1) == 1
    now[0] = 4.9
    assert recent.get("a") == 1
    now[0] = 5.0
    assert recent.get("a") is None


def test_what_may_be_wrong_is_forgotten() -> None:
    recent: Recent[str, int] = Recent(5)
    recent.put("a", 1)
    recent.clear()
    assert recent.get("a") is None


def test_the_oldest_go_when_it_is_full() -> None:
    recent: Recent[str, int] = Recent(5, capacity=2)
    for key in ("a", "b", "a", "c"):
        recent.put(key, 1)
    assert [recent.get(key) for key in ("a", "b", "c")] == [1, None, 1]
