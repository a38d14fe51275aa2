"""Its entry point is a class, but no plugin."""


class ThePlugin:
    name = "wrong_class"
