"""How a scenario ends, other than well."""


class Failed(AssertionError):
    """The server, or a client, is not as the protocol says. Its text is the whole report."""


class Unmet(Exception):
    """What the scenario needs is not here: it says nothing about anybody."""


class BadScenario(ValueError):
    """A mistake in the file."""
