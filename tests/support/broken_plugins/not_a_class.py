"""Its entry point is an object."""

ThePlugin = object()
