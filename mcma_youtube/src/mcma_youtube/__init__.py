"""Search in YouTube Music and downloads from YouTube for mcma. Off until somebody turns it on."""

from mcma_youtube.plugin import YouTubePlugin
from mcma_youtube.settings import YouTubeSettings
from mcma_youtube.source import YouTube

__all__ = ["YouTube", "YouTubePlugin", "YouTubeSettings"]
