"""An extractor for `tests.youtube.site`, which yt-dlp loads from a folder of plugins. It takes the addresses
that the product makes; everything else is yt-dlp's own."""

from typing import Any

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError

BASE = "http://127.0.0.1:1"


class SiteIE(InfoExtractor):  # type: ignore[misc]
    IE_NAME = "mcmasite"
    _VALID_URL = r"https://music\.youtube\.com/watch\?v=(?P<id>[A-Za-z0-9_-]{11})$"

    def _real_extract(self, url: str) -> dict[str, Any]:
        video_id = self._match_id(url)
        found: dict[str, Any] = self._download_json(f"{BASE}/info/{video_id}", video_id)
        if warning := found.get("warning"):
            self.report_warning(warning)
        if found.get("logs_out"):
            for domain in (".youtube.com", ".google.com"):
                self.cookiejar.clear(domain)
        if error := found.get("error"):
            raise ExtractorError(error, expected=found.get("expected", True))
        return {"id": video_id, **found}
