"""Programs that a test makes, and what is left of those that ran."""

from pathlib import Path


def script(path: Path, text: str) -> Path:
    """An executable file."""
    path.write_text(text)
    path.chmod(0o755)
    return path


def alive(pid: int) -> bool:
    """Also true for one that ended and was not reaped."""
    return Path(f"/proc/{pid}").exists()


def group(number: int) -> list[int]:
    """The processes of a group, without those that ended and wait to be reaped."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(entry)) and stat[2] == str(number) and stat[0] != "Z":
            found.append(int(entry.name))
    return found


def _stat(entry: Path) -> list[str]:
    """State, parent, group, ... (proc(5)); nothing for one that is gone."""
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def running_programs(path: Path) -> list[int]:
    """Processes with this file among their arguments."""
    wanted, found = bytes(path), []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and wanted in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
