"""Tells whether a person opened a link, or a program: a preview, a scanner or a crawler.

Messengers fetch the links in messages to show a preview. Such a request is no click. A program
gives itself away by its name, by not asking for a page, or by saying that it fetches in advance.
"""

import re
from collections.abc import Mapping

#: Names of programs in `user-agent`. The pattern must not match the browsers inside the apps of
#: Facebook and Zalo, whose names contain `FBAV` or `Zalo`, nor CUBOT phones, whose names contain
#: `bot`.
_PROGRAM = re.compile(
    r"facebookexternalhit|facebookcatalog|meta-external|zalobot|whatsapp/|skypeuripreview"
    r"|(?<!\bcu)bot\b|bot[/_-]|crawl|spider|scrap|preview|prefetch|scanner|monitor|headless"
    r"|^(?:curl|wget|python|java|go-http|okhttp|node|axios|ruby|php|perl|libwww|apache-http)",
    re.IGNORECASE,
)
_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_AHEAD_WORDS = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is most likely a person's. The names of `headers` are in lower case."""
    agent = headers.get("user-agent", "")
    return (
        method == "GET"
        and bool(agent)
        and _PROGRAM.search(agent) is None
        # Every browser asks for a page like this when a person opens a link.
        and "text/html" in headers.get("accept", "").lower()
        and headers.get("sec-fetch-dest", "document") == "document"
        and not any(_AHEAD_WORDS.search(headers.get(name, "")) for name in _AHEAD)
    )
