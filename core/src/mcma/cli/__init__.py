"""The command `mcma`. Importing this is cheap: processes that read tags import it too."""

__all__ = ["main"]


def main() -> None:
    """Ends the process: 0 done, 1 failed (the reason is on stderr), 2 used wrongly, 130 interrupted."""
    import gc

    gc.set_threshold(50_000, 50, 100)  # what is imported stays: looking through it is a fifth of a start
    from mcma.cli.app import run

    raise SystemExit(run())
