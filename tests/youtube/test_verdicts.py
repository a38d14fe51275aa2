"""What yt-dlp says, and what it means. The left side is what it really says, by its sources and by YouTube."""

import signal

import pytest

from mcma_plugins.errors import McmaError, OutOfSpace
from mcma_plugins.process import Finished
from mcma_youtube.fetch import progress
from mcma_youtube.program import PROGRESS
from mcma_youtube.verdicts import VERDICTS, verdict

YT = "ERROR: [youtube] dQw4w9WgXcQ: "
REPORT = "; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues?q= , filling out the appropriate issue template. Confirm you are on the latest version using  yt-dlp -U"
LOGIN = ". Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to manually pass cookies"
SAID = [
    (YT + "Sign in to confirm you’re not a bot" + LOGIN, "blocked"),
    (YT + "Sign in to confirm you're not a bot. This helps protect our community. Learn more", "blocked"),
    (YT + "Video unavailable. YouTube is requiring a captcha challenge before playback", "blocked"),
    (
        YT + "Unable to download API page: HTTP Error 403: Forbidden (caused by <HTTPError 403: Forbidden>)",
        "blocked",
    ),
    ("ERROR: unable to download video data: HTTP Error 403: Forbidden", "blocked"),
    (
        YT
        + "Unable to download webpage: HTTP Error 429: Too Many Requests (caused by <HTTPError 429>)"
        + REPORT,
        "rate_limited",
    ),
    (
        YT
        + "This content isn't available, try again later. The current session has been rate-limited by YouTube for up to an hour.",
        "rate_limited",
    ),
    (
        "WARNING: [youtube] The provided YouTube account cookies are no longer valid. They have likely been rotated\n"
        + YT
        + "Some words nobody knows",
        "auth_required",
    ),
    (YT + "Login details are needed to download this content" + LOGIN, "auth_required"),
    (YT + "This video is only available for registered users" + LOGIN, "auth_required"),
    (YT + "Private video. Sign in if you've been granted access to this video" + LOGIN, "private"),
    (
        YT + "Sign in to confirm your age. This video may be inappropriate for some users" + LOGIN,
        "age_restricted",
    ),
    (
        YT
        + "Join this channel to get access to members-only content like this video, and other exclusive perks.",
        "paid",
    ),
    (
        YT
        + "This video is available to this channel's members on level: Fan! Join this channel to get access",
        "paid",
    ),
    (YT + "This video requires payment to watch", "paid"),
    (YT + "This video is only available to Music Premium members", "paid"),
    (
        YT + "The uploader has not made this video available in your country\nYou might want to use a VPN",
        "region",
    ),
    (
        YT
        + "Video unavailable. This video contains content from SME, who has blocked it in your country on copyright grounds",
        "region",
    ),
    (YT + "This video is not available from your location due to geo restriction", "region"),
    (YT + "This video is DRM protected", "protected"),
    (YT + "Premieres in 3 hours", "live"),
    (YT + "This live event will begin in 2 days.", "live"),
    (YT + "Video unavailable", "removed"),
    (
        YT
        + "Video unavailable. This video is no longer available because the YouTube account associated with this video has been terminated.",
        "removed",
    ),
    (YT + "This video has been removed by the uploader", "removed"),
    (YT + "This video is not available", "removed"),
    (YT + "Unable to download API page: HTTP Error 404: Not Found", "removed"),
    (YT + "Unable to download API page: HTTP Error 503: Service Unavailable", "degraded"),
    (
        YT
        + "Unable to download API page: [Errno -3] Temporary failure in name resolution (caused by TransportError)",
        "no_network",
    ),
    (YT + "Unable to download API page: Failed to resolve 'www.youtube.com'", "no_network"),
    (YT + "Unable to download webpage: [Errno 101] Network is unreachable", "no_network"),
    ("ERROR: [download] Got error: The read operation timed out. Giving up after 3 retries", "no_network"),
    ("ERROR: [download] Got error: [Errno 104] Connection reset by peer", "no_network"),
    (
        YT + "Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "no_network",
    ),
    (
        "ERROR: [download] Got error: 100000 bytes read, 162144 more expected. Giving up after 3 retries",
        "degraded",
    ),
    ("ERROR: content too short (expected 10 bytes and served 5)", "degraded"),
    ("ERROR: Did not get any data blocks", "degraded"),
    (
        YT + "Requested format is not available. Use --list-formats for a list of available formats",
        "outdated",
    ),
    (YT + "Unable to extract initial player response" + REPORT, "outdated"),
    (YT + "Failed to extract any player response" + REPORT, "outdated"),
    (YT + "Signature extraction failed: Traceback" + REPORT, "outdated"),
    ("ERROR: Unsupported URL: https://music.youtube.com/watch?v=dQw4w9WgXcQ", "outdated"),
    ("ERROR: unable to write data: [Errno 28] No space left on device", "out_of_space"),
    ("ERROR: unable to write data: [Errno 27] File too large", "too_large"),
    ("ERROR: Unable to rename file: [Errno 122] Disk quota exceeded", "out_of_space"),
    ("/usr/bin/python3: No module named yt_dlp", "misconfigured"),
    ("cannot start /opt/yt-dlp: Exec format error", "misconfigured"),
    ("Traceback (most recent call last):\n  File x\nSyntaxError: invalid syntax", "misconfigured"),
    ("", "degraded"),
    (YT + "Words that nobody has heard before", "degraded"),
]


def of(errors: str, code: int = 1) -> McmaError:
    return verdict(Finished(code, b"", errors))


@pytest.mark.parametrize(("said", "code"), SAID)
def test_what_it_means(said: str, code: str) -> None:
    error = of(said)
    assert error.stable_code == code
    assert "Words" not in error.message, "what it says is not passed on"


@pytest.mark.parametrize("one", VERDICTS, ids=lambda one: one.words[:20])
def test_every_line_of_the_table_is_needed(one: object) -> None:
    codes = {verdict.error().stable_code for verdict in VERDICTS}
    assert codes <= {code for _, code in SAID}
    assert one in VERDICTS


def test_an_error_weighs_more_than_a_warning() -> None:
    warning = "WARNING: [youtube] HTTP Error 403: Forbidden. Retrying\n"
    assert of(warning + YT + "Private video").stable_code == "private"
    assert of(warning + YT + "Nobody knows").stable_code == "blocked"


@pytest.mark.parametrize("code", [-signal.SIGXFSZ, 128 + signal.SIGXFSZ])
def test_killed_for_the_size_of_its_file(code: int) -> None:
    assert of("", code).stable_code == "too_large"


def test_a_full_disk_is_told_apart() -> None:
    assert isinstance(of("ERROR: unable to write data: [Errno 28] No space left on device"), OutOfSpace)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{PROGRESS} 1024 2048 NA", (1024, 2048)),
        (f"{PROGRESS} 1024 NA 2048.7", (1024, 2048)),
        (f"\r{PROGRESS} 1024 NA NA ", (1024, None)),
        (f"{PROGRESS} NA NA NA", None),
        (f"{PROGRESS} -1 2 3", None),
        ("[download] Destination: audio.webm", None),
        (f"x {PROGRESS} 1 2 3", None),
        (f"{PROGRESS} ١ NA NA", None),
    ],
)
def test_lines_of_progress(line: str, expected: tuple[int, int | None] | None) -> None:
    assert progress(line) == expected
