"""The command `mcma`. Importing this is cheap: processes that read tags import it too."""

__all__ = ["main"]


def main() -> None:
    """Ends the process: 0 done, 1 failed (the reason is on stderr), 2 used wrongly, 130 interrupted."""
    from mcma.cli.app import run

    raise SystemExit(run())
