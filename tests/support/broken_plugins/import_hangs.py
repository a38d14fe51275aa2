"""Fails while it is imported."""

import threading

threading.Event().wait(60)
