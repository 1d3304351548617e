"""Addresses people put into texts: which may stay, in which spelling, and which of them name a video."""

from __future__ import annotations

import re
from urllib.parse import unquote

# What a browser ignores before it reads an address: the outer C0 controls and spaces, tabs and line breaks anywhere.
_OUTER = "".join(map(chr, range(0x21)))
_IGNORED = str.maketrans("", "", "\t\n\r")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HOST = r"(?:[A-Za-z0-9._-]|[^\x00-\xa0])+|\[[0-9A-Fa-f:.]+\]"
_ABSOLUTE = re.compile(
    rf"(?P<scheme>https?)://(?P<host>(?:{_HOST})(?::[0-9]{{1,5}})?)(?P<rest>[/?#\\].*)?", re.I | re.S
)
_MAIL = re.compile(r"mailto:(?P<rest>[^\s/\\].*)", re.IGNORECASE | re.DOTALL)
_IN_SITE = re.compile(r"/(?![/\\]).*", re.DOTALL)
_QUOTED = str.maketrans({" ": "%20", '"': "%22", "<": "%3C", ">": "%3E"})

_YOUTUBE_HOST = re.compile(
    r"(?:https?:)?(?://)?(?:www\.|m\.|music\.|gaming\.)?"
    r"(?P<host>youtube\.com|youtube-nocookie\.com|youtu\.be)(?::\d+)?(?P<path>/[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_VIDEO_ID = r"(?P<id>[A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
_VIDEO_IN_PATH = re.compile(rf"/(?:embed|shorts|live|watch|v|e)/+{_VIDEO_ID}", re.IGNORECASE)
_VIDEO_AS_PATH = re.compile(rf"/{_VIDEO_ID}")
_VIDEO_IN_QUERY = re.compile(rf"[?&](?:amp;)?v=\s*{_VIDEO_ID}")
# Players for a list or a channel; their names happen to be as long as the id of a video.
_NOT_A_VIDEO = {"videoseries", "live_stream"}


def link_address(value: str) -> str | None:
    """The address a link may carry (http, https, mailto or "/…" within the site), spelt plainly; None for any other."""
    value = value.strip(_OUTER).translate(_IGNORED)
    if _CONTROL.search(value):
        return None
    if found := _ABSOLUTE.fullmatch(value):
        return f"{found['scheme'].lower()}://{found['host']}{(found['rest'] or '').translate(_QUOTED)}"
    if found := _MAIL.fullmatch(value):
        return f"mailto:{found['rest'].translate(_QUOTED)}"
    return value.translate(_QUOTED) if _IN_SITE.fullmatch(value) else None


def web_address(value: str) -> str | None:
    """The address if it leads to a host by http or https, spelt plainly; else None."""
    address = link_address(value)
    return address if address and address.startswith(("http://", "https://")) else None


def image_address(value: str) -> str | None:
    """The address an image may be loaded from, which is https only; None for any other."""
    address = link_address(value)
    return address if address and address.startswith("https://") else None


def secured(value: str) -> str:
    """The address with http, or no scheme at all before a host, replaced by https; others unchanged."""
    value = value.strip(_OUTER).translate(_IGNORED)
    if value[:7].lower() == "http://":
        return f"https://{value[7:]}"
    return f"https:{value}" if value.startswith("//") else value


def host_of(address: str) -> str | None:
    """The host (with its port) that an absolute http or https address leads to, in lower case; None for others."""
    found = _ABSOLUTE.fullmatch(address)
    return found["host"].lower() if found else None


def youtube_id(url: str) -> str | None:
    """The 11 characters that name a YouTube video, from every usual spelling of its address; None if it names none."""
    place = _YOUTUBE_HOST.fullmatch(url.strip(_OUTER).translate(_IGNORED))
    if not place:
        return None
    path = unquote(place["path"])
    if place["host"].lower() == "youtu.be":
        found = _VIDEO_AS_PATH.match(path)
    else:
        found = _VIDEO_IN_PATH.match(path)
        if not found and path.rstrip("/").lower() in {
            "/watch",
            "/watch_popup",
            "/embed",
        }:
            found = _VIDEO_IN_QUERY.search(place["query"] or "")
    return found["id"] if found and found["id"] not in _NOT_A_VIDEO else None


def video_address(url: str) -> str | None:
    """The one spelling in which the address of a YouTube video is kept; None if it is not one."""
    video = youtube_id(url)
    return f"https://www.youtube.com/watch?v={video}" if video else None
