"""Fails while it is imported."""

import sys

sys.exit("left at import")
