"""How long scans take: `python -m tests.bench.scan [files] [sqlite] [postgresql]`.

Reader processes import this file, as they import `mcma.cli` in earnest; so it imports nothing heavy.
"""

import json
import sys

if __name__ == "__main__":
    from tests.bench._scanning import run

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(json.dumps(run(count, tuple(sys.argv[2:]) or ("sqlite", "postgresql")), indent=2))
