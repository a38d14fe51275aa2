"""What a program says is heard while it says it, and never more of it than is taken."""

import asyncio
import sys
from contextlib import aclosing

import pytest

from mcma_plugins.process import Limits, SaidTooMuch, TookTooLong, running
from tests.support.jobs import until
from tests.support.programs import alive

pytestmark = pytest.mark.anyio
SHELL = "/bin/sh"


async def test_lines_come_while_it_runs() -> None:
    program = [SHELL, "-c", "echo one; echo two >&2; sleep 0.2; echo; printf 'fo\\377ur\\r'; exit 3"]
    async with running(program, by_line=True) as child, aclosing(child.lines()) as lines:
        assert await anext(lines) == "one"
        assert alive(child.pid)
        assert [line async for line in lines] == ["", "fo\ufffdur"]
        done = await child.wait()
        assert (done.code, done.output, done.errors) == (3, b"", "two\n")


async def test_it_waits_for_those_who_are_slow() -> None:
    code = "import sys\nfor n in range(300_000): print(n)\nprint('done', file=sys.stderr)"
    async with running([sys.executable, "-I", "-S", "-c", code], by_line=True) as child:
        lines = child.lines()
        assert await anext(lines) == "0"
        await asyncio.sleep(0.3)
        assert alive(child.pid), "it has not said everything yet"
        assert [int(line) async for line in lines] == list(range(1, 300_000))
        assert (await child.wait()).errors == "done\n"


async def test_a_line_without_end() -> None:
    async with running(
        [SHELL, "-c", "echo short; yes | tr -d '\\n'"], Limits(output=1000), by_line=True
    ) as child:
        assert [line async for line in child.lines()] in (["short"], [])
        with pytest.raises(SaidTooMuch):
            await child.wait()


async def test_the_deadline_ends_the_lines() -> None:
    program = [SHELL, "-c", "echo one; exec sleep 600"]
    async with running(program, Limits(seconds=0.5), by_line=True) as child:
        assert [line async for line in child.lines()] == ["one"]
        with pytest.raises(TookTooLong):
            await child.wait()


async def test_leaving_early_ends_it() -> None:
    async with running([SHELL, "-c", "yes"], by_line=True) as child:
        assert await anext(child.lines()) == "y"
    await until(lambda: not alive(child.pid))


async def test_only_when_it_was_asked_for() -> None:
    async with running(["/bin/true"]) as child:
        with pytest.raises(TypeError):
            child.lines()
        assert (await child.wait()).ok
