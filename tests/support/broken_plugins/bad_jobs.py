"""A job kind that is not below its own name."""

from collections.abc import Sequence

from mcma_plugins import JobContext, JobKind, Plugin, PluginSettings


async def _run(job: JobContext) -> None:
    return None


class ThePlugin(Plugin[PluginSettings]):
    name = "bad_jobs"

    def jobs(self) -> Sequence[JobKind]:
        return [JobKind("scan", _run)]
