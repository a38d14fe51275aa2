"""Installs plugins as real distributions into a folder on the path, as an installer would have left them."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

BROKEN = Path(__file__).parent / "broken_plugins"


class Site:
    def __init__(self, path: Path) -> None:
        self.path = path

    def install(
        self,
        name: str,
        source: str,
        *,
        entry: str | None = None,
        attribute: str = "ThePlugin",
        distribution: str | None = None,
        requires: Sequence[str] = (),
        metadata: bool = True,
    ) -> None:
        """`name` is the distribution's and the entry point's, unless said otherwise."""
        distribution = distribution or f"mcma-{name.replace('_', '-')}"
        module = f"{distribution.replace('-', '_')}_under_test"
        (self.path / f"{module}.py").write_text(source)
        info = self.path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(f"[mcma.plugins]\n{entry or name} = {module}:{attribute}\n")
        if metadata:
            lines = ["Metadata-Version: 2.1", f"Name: {distribution}", "Version: 1.0"]
            lines += [f"Requires-Dist: {one}" for one in requires]
            (info / "METADATA").write_text("\n".join(lines) + "\n")

    def install_broken(self, name: str, *, requires: Sequence[str] = ()) -> None:
        self.install(name, (BROKEN / f"{name}.py").read_text(), requires=requires)


@contextmanager
def installed_into(path: Path) -> Iterator[Site]:
    """A `Site` that is importable inside the context and forgotten after it."""
    before = set(sys.modules)
    sys.path.insert(0, str(path))
    try:
        yield Site(path)
    finally:
        sys.path.remove(str(path))
        for module in set(sys.modules) - before:
            if module.endswith("_under_test"):
                del sys.modules[module]
