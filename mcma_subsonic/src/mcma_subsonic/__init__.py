"""The Subsonic and OpenSubsonic API, spoken to the services of mcma."""

from mcma_subsonic.plugin import SubsonicPlugin
from mcma_subsonic.settings import SubsonicSettings

__all__ = ["SubsonicPlugin", "SubsonicSettings"]
