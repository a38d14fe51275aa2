"""Everything else of the specification, as data: what this server is not, said in words clients understand.

Lists are empty, writes that a role of getUser rules out are forbidden, the rest says what is missing.
"""

from collections.abc import Mapping
from typing import Final

from mcma_subsonic.call import Call, Handler, Node, State, endpoint
from mcma_subsonic.errors import Code, SubsonicError

EMPTY: Final[Mapping[str, tuple[str, Node]]] = {
    "getChatMessages": ("1.2.0", {"chatMessages": {"chatMessage": []}}),
    "getNewestPodcasts": ("1.13.0", {"newestPodcasts": {"episode": []}}),
    "getPodcasts": ("1.6.0", {"podcasts": {"channel": []}}),
    "getVideos": ("1.8.0", {"videos": {"video": []}}),
}

_NO_PODCASTS = "Podcasts are not part of this server."
_NO_VIDEO = "Videos are not part of this server."
_NO_HLS = "HTTP Live Streaming is not part of this server. Use stream, with format and maxBitRate."

REFUSED: Final[Mapping[str, tuple[str, Code, str]]] = {
    "addChatMessage": ("1.2.0", Code.GENERIC, "Chat is not part of this server."),
    "createPodcastChannel": ("1.9.0", Code.FORBIDDEN, _NO_PODCASTS),
    "deletePodcastChannel": ("1.9.0", Code.FORBIDDEN, _NO_PODCASTS),
    "deletePodcastEpisode": ("1.9.0", Code.FORBIDDEN, _NO_PODCASTS),
    "downloadPodcastEpisode": ("1.9.0", Code.FORBIDDEN, _NO_PODCASTS),
    "getCaptions": ("1.14.0", Code.NOT_FOUND, _NO_VIDEO),
    "getPodcastEpisode": ("getPodcastEpisode", Code.NOT_FOUND, _NO_PODCASTS),
    "getVideoInfo": ("1.14.0", Code.NOT_FOUND, _NO_VIDEO),
    "hls.m3u8": ("1.8.0", Code.GENERIC, _NO_HLS),
    "jukeboxControl": ("1.2.0", Code.FORBIDDEN, "The server has no jukebox."),
    "refreshPodcasts": ("1.9.0", Code.FORBIDDEN, _NO_PODCASTS),
}


def _empty(payload: Node) -> Handler:
    async def answer(call: Call) -> Node:
        return payload

    return answer


def _refusal(code: Code, message: str) -> Handler:
    async def refuse(call: Call) -> Node:
        raise SubsonicError(code, message)

    return refuse


for _name, (_since, _payload) in EMPTY.items():
    endpoint(_name, since=_since, state=State.EMPTY)(_empty(_payload))
for _name, (_since, _code, _message) in REFUSED.items():
    _notes = f"Error {_code.value}: {_message}"
    endpoint(_name, since=_since, state=State.REFUSED, notes=_notes)(_refusal(_code, _message))
