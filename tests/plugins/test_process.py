"""Programs are bounded in every way, and nothing of them is left."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mcma_plugins.process import (
    MIB,
    Limits,
    ProcessFailed,
    ProgramMissing,
    SaidTooMuch,
    TookTooLong,
    run,
    running,
)
from tests.support.jobs import until
from tests.support.programs import alive, group, script

pytestmark = pytest.mark.anyio
PYTHON = sys.executable
SLEEP = "/bin/sleep"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def python(code: str) -> list[str]:
    return [PYTHON, "-I", "-S", "-c", code]


async def test_what_it_says_and_how_it_ends() -> None:
    done = await run(python("import sys; print('out'); print('a\\nlast', file=sys.stderr); sys.exit(3)"))
    assert (done.code, done.output, done.last_line) == (3, b"out\n", "last")
    assert not done.ok


async def test_it_gets_its_arguments_as_they_are() -> None:
    nasty: list[str | bytes] = ["a b", "$HOME", "; rm -rf /", "*", "--", b"\xff\xfe", ""]
    done = await run([*python("import os,sys; print([os.fsencode(one) for one in sys.argv[1:]])"), *nasty])
    assert done.output.decode().strip() == repr([os.fsencode(one) for one in nasty])


async def test_nothing_of_ours_is_handed_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MCMA_JWT_SECRET", "secret")
    code = (
        "import json,os,sys; print(json.dumps([sorted(os.environ), os.listdir('/proc/self/fd'), os.getcwd(), "
        "os.umask(0), sys.stdin.read(), os.listdir('.')]))"
    )
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        ours = str(file.fileno())
        done = await run(python(code))
    names, fds, folder, *rest = json.loads(done.output)
    assert set(names) - {"LC_CTYPE"} == {"HOME", "LANG", "PATH", "TMPDIR"}, "Python itself may set LC_CTYPE"
    assert ours not in fds
    assert rest == [0o077, "", []]
    assert not Path(folder).exists()


async def test_the_environment_that_is_given() -> None:
    done = await run(python("import os; print(os.environ['EXTRA'])"), environment={"EXTRA": "x"})
    assert done.output == b"x\n"


@pytest.mark.parametrize("program", ["ls", "./ls", "/bin", "/nowhere/ls"])
async def test_only_programs_by_their_whole_path(program: str) -> None:
    with pytest.raises(ProcessFailed):
        await run([program])


async def test_what_is_missing_and_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing):
        await run([tmp_path / "ffmpeg"])
    broken = script(tmp_path / "broken", "#!/nowhere/interpreter\n")
    assert "cannot start" in (await run([broken])).last_line
    with pytest.raises(ProcessFailed):
        await run([PYTHON, "a\0b"])


async def test_a_deadline_ends_the_whole_group() -> None:
    async with running(["/bin/sh", "-c", "sleep 600 & sleep 600"], Limits(seconds=0.5)) as child:
        await until(lambda: len(group(child.pid)) >= 3)
        with pytest.raises(TookTooLong):
            await child.wait()
        await until(lambda: group(child.pid) == [])


async def test_a_program_that_does_not_listen_to_signals() -> None:
    deaf = python("import signal,time; signal.signal(15, signal.SIG_IGN); time.sleep(600)")
    with pytest.raises(TookTooLong):
        await run(deaf, Limits(seconds=0.5))


async def test_one_that_talks_without_end() -> None:
    with pytest.raises(SaidTooMuch):
        await run(["/bin/sh", "-c", "yes"], Limits(output=100_000, seconds=30))


async def test_complaints_are_kept_from_the_end() -> None:
    code = "import sys; sys.stderr.write('x' * 5_000_000 + '\\nlast')"
    done = await run(python(code), Limits(errors=1000))
    assert (done.code, len(done.errors), done.last_line) == (0, 1000, "last")


async def test_limits_of_time_memory_files_and_cores() -> None:
    assert (await run(python("while True: pass"), Limits(cpu_seconds=1, seconds=30))).code == -signal.SIGKILL
    eats = python("x = bytearray(512 * 1024 * 1024); print(len(x))")
    assert b"536" not in (await run(eats, Limits(memory=256 * MIB))).output
    assert b"536" in (await run(eats, Limits(memory=2048 * MIB))).output
    writes = ["/bin/sh", "-c", "exec head -c 9000000 /dev/zero > big; echo"]
    assert (await run(writes, Limits(file_size=100_000))).code == -signal.SIGXFSZ
    cores = await run(["/bin/sh", "-c", "ulimit -c; ulimit -n"], Limits(open_files=99))
    assert cores.output == b"0\n99\n"


async def test_cancelling_leaves_nothing() -> None:
    pids: list[int] = []

    async def work() -> None:
        async with running(["/bin/sh", "-c", "sleep 600 & sleep 600"]) as child:
            await until(lambda: len(group(child.pid)) >= 3)
            pids.append(child.pid)
            await child.wait()

    task = asyncio.create_task(work())
    await until(lambda: bool(pids))
    task.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not alive(pids[0])
    await until(lambda: group(pids[0]) == [])


async def test_cancelled_at_any_step_of_starting_it_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = open_files()
    for steps in range(12):
        task = asyncio.create_task(run([SLEEP, "600"]))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: open_files() <= before and list(tmp_path.iterdir()) == [])


async def test_a_grandchild_that_keeps_the_pipes_holds_nobody_up() -> None:
    """It has gone into a session of its own, so nobody kills it; it is not waited for either."""
    code = "import os,time\nif os.fork() == 0:\n os.setsid(); time.sleep(8)\nprint(1)"
    async with asyncio.timeout(6):
        assert (await run(python(code))).ok


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
@pytest.mark.parametrize("family", [False, True])
async def test_it_dies_with_the_server(family: bool, tmp_path: Path) -> None:
    told = tmp_path / "pids"
    program = f"sleep 600 & echo $$ $! > {told}.new; mv {told}.new {told}; wait" if family else None
    argv = ["/bin/sh", "-c", program] if program else [SLEEP, "600"]
    code = f"""
import asyncio
from mcma_plugins.process import Limits, running
async def main():
    async with running({argv!r}, Limits(family={family})) as child:
        print(child.pid, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""
    server = subprocess.Popen([PYTHON, "-c", code], stdout=subprocess.PIPE)  # noqa: ASYNC220
    assert server.stdout is not None
    head = int(server.stdout.readline())
    await until(lambda: told.exists() if family else len(group(head)) == 1)
    assert len(group(head)) == (3 if family else 1)
    server.kill()
    server.wait()
    server.stdout.close()
    await until(lambda: group(head) == [])


async def test_how_a_family_ends_is_told() -> None:
    assert (await run(["/bin/sh", "-c", "exit 7"], Limits(family=True))).code == 7
    assert (await run(["/bin/sh", "-c", "kill -9 $$"], Limits(family=True))).code == 128 + 9


async def test_many_at_once_and_none_left() -> None:
    before = open_files()
    done = await asyncio.gather(*(run(["/bin/echo", str(number)]) for number in range(30)))
    assert [int(one.output) for one in done] == list(range(30))
    await until(lambda: open_files() <= before + 1)
