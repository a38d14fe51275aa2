"""What becomes of a job that ran."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from mcma.worker.backoff import Backoff
from mcma_plugins.errors import AuthorisationNeeded, PermanentError, RetryLater
from mcma_plugins.jobs import JobCancelled, JobContext, JobKind, Priority
from tests.support.jobs import Workshop, until

pytestmark = pytest.mark.anyio


def failing(*errors: BaseException, **options: Any) -> JobKind:
    """Raises one after the other, then succeeds."""
    left = list(errors)

    async def handler(context: JobContext) -> Mapping[str, Any] | None:
        if left:
            raise left.pop(0)
        return {"attempt": context.attempt}

    return JobKind("demo.fail", handler, **options)


async def test_a_job_runs_with_its_payload_and_keeps_its_result(workshop: Workshop) -> None:
    async def handler(context: JobContext) -> Mapping[str, Any]:
        await context.log("hello")
        return {"twice": context.payload["n"] * 2}

    await workshop.runner(JobKind("demo.double", handler))
    job_id = await workshop.jobs.submit("demo.double", {"n": 21})
    view = await workshop.over(job_id)
    row = await workshop.row(job_id)
    assert (view.state, view.attempt, view.error) == ("succeeded", 1, None)
    assert (row.result, row.log_tail, row.owner, row.lease_until) == ({"twice": 42}, "hello\n", None, None)
    await until(lambda: [told.state for told in workshop.finished] == ["succeeded"])


async def test_other_errors_are_retried_until_it_works(workshop: Workshop) -> None:
    await workshop.runner(failing(ValueError("a"), OSError("b"), SystemExit(3)))
    job_id = await workshop.jobs.submit("demo.fail", {})
    assert (await workshop.over(job_id)).attempt == 4
    assert (await workshop.row(job_id)).result == {"attempt": 4}


async def test_or_until_the_attempts_are_used_up(workshop: Workshop) -> None:
    await workshop.runner(failing(*[ValueError(f"number {n}") for n in range(9)]))
    job_id = await workshop.jobs.submit("demo.fail", {}, max_attempts=3)
    view = await workshop.over(job_id)
    assert (view.state, view.attempt, view.error) == ("failed", 3, "ValueError: number 2")
    await until(lambda: [told.state for told in workshop.finished] == ["failed"])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermanentError("no such video"), "PermanentError: no such video"),
        (AuthorisationNeeded("log in again"), "AuthorisationNeeded: log in again"),
    ],
)
async def test_errors_that_stay_fail_at_once(workshop: Workshop, error: Exception, words: str) -> None:
    await workshop.runner(failing(error))
    view = await workshop.over(await workshop.jobs.submit("demo.fail", {}))
    assert (view.state, view.attempt, view.error) == ("failed", 1, words)


async def test_a_service_that_says_when_is_left_alone_for_so_long(workshop: Workshop) -> None:
    await workshop.runner(failing(RetryLater("busy", after=1000)))
    job_id = await workshop.jobs.submit("demo.fail", {})

    async def is_put_back() -> bool:
        row = await workshop.row(job_id)
        return (row.state, row.attempt) == ("queued", 1)

    await until(is_put_back)
    row = await workshop.row(job_id)
    assert (row.run_after - row.started_at) >= timedelta(seconds=999)
    assert row.error == "RetryLater: busy"


async def test_an_attempt_has_a_time_limit(workshop: Workshop) -> None:
    async def handler(_: JobContext) -> None:
        await asyncio.Event().wait()

    await workshop.runner(JobKind("demo.hang", handler, timeout=timedelta(seconds=0.05)))
    view = await workshop.over(await workshop.jobs.submit("demo.hang", {}, max_attempts=2))
    assert (view.state, view.attempt, view.error) == ("failed", 2, "TimeoutError: no end within 0.05 s")


@pytest.mark.parametrize(
    "result", [{"bad": object()}, {"nul": "\0"}, ["no", "mapping"]], ids=["object", "nul", "list"]
)
async def test_a_result_that_cannot_be_kept_is_no_reason_to_run_again(
    workshop: Workshop, result: Any
) -> None:
    async def handler(_: JobContext) -> Any:
        return result

    await workshop.runner(JobKind("demo.odd", handler))
    view = await workshop.over(await workshop.jobs.submit("demo.odd", {}))
    assert (view.state, view.attempt) == ("failed", 1)


async def test_a_handler_may_cancel_itself(workshop: Workshop) -> None:
    await workshop.runner(failing(JobCancelled()))
    assert (await workshop.over(await workshop.jobs.submit("demo.fail", {}))).state == "cancelled"


async def test_but_a_stray_cancellation_is_an_error(workshop: Workshop) -> None:
    await workshop.runner(failing(asyncio.CancelledError()))
    assert (await workshop.over(await workshop.jobs.submit("demo.fail", {}))).attempt == 2


async def test_secrets_of_an_error_do_not_reach_the_row(workshop: Workshop) -> None:
    error = PermanentError("GET https://me:hunter2@example.org/a?key=abc123 token=xyz failed")
    await workshop.runner(failing(error))
    view = await workshop.over(await workshop.jobs.submit("demo.fail", {}))
    assert view.error == "PermanentError: GET https://***@example.org/a?*** token=*** failed"


async def test_what_a_person_waits_for_goes_first(workshop: Workshop) -> None:
    order: list[str] = []

    async def handler(context: JobContext) -> None:
        order.append(context.payload["name"])

    for name, priority in (("bulk", 100), ("normal 1", 50), ("normal 2", 50), ("now", Priority.INTERACTIVE)):
        await workshop.jobs.submit("demo.note", {"name": name}, priority=priority)
    await workshop.runner(JobKind("demo.note", handler), slots=1, reserved=0)
    await until(lambda: len(order) == 4)
    assert order == ["now", "normal 1", "normal 2", "bulk"]


async def test_a_reserved_slot_is_free_however_much_bulk_there_is(workshop: Workshop) -> None:
    going = asyncio.Event()

    async def slow(_: JobContext) -> None:
        await going.wait()

    async def quick(_: JobContext) -> None:
        return None

    runner = await workshop.runner(JobKind("demo.slow", slow), JobKind("demo.quick", quick), slots=3)
    bulk = [await workshop.jobs.submit("demo.slow", {}) for _ in range(5)]
    await until(lambda: len(runner.running) == 2)
    now = await workshop.jobs.submit("demo.quick", {}, priority=Priority.INTERACTIVE)
    assert (await workshop.over(now)).state == "succeeded"
    assert len(runner.running) == 2
    going.set()
    assert [(await workshop.over(job_id)).state for job_id in bulk] == ["succeeded"] * 5


async def test_back_off_puts_the_job_out_of_reach(workshop: Workshop) -> None:
    await workshop.runner(failing(ValueError()), backoff=Backoff(base=1000, jitter=lambda: 0.5))
    job_id = await workshop.jobs.submit("demo.fail", {})

    async def is_put_back() -> bool:
        return bool((await workshop.row(job_id)).error == "ValueError")

    await until(is_put_back)
    row = await workshop.row(job_id)
    assert row.state == "queued"
    assert timedelta(seconds=499) < row.run_after - row.started_at < timedelta(seconds=500 + 20)
