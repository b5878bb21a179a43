"""Tells a person who opens a link from programs that fetch it: previews, scanners and crawlers.

Messengers fetch the links of messages to show a preview. Such a request is no click. Programs name
themselves, ask for no page to show, or say that they fetch ahead.
"""

import re
from collections.abc import Mapping

#: Names of programs in `user-agent`. In the apps of Facebook and Zalo people have a browser whose
#: name has `FBAV` or `Zalo`; the telephones of CUBOT have `bot` in theirs.
_PROGRAM = re.compile(
    r"facebookexternalhit|facebookcatalog|meta-external|zalobot|whatsapp/|skypeuripreview"
    r"|(?<!\bcu)bot\b|bot[/_-]|crawl|spider|scrap|preview|prefetch|scanner|monitor|headless"
    r"|^(?:curl|wget|python|java|go-http|okhttp|node|axios|ruby|php|perl|libwww|apache-http)",
    re.IGNORECASE,
)
_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")
_AHEAD_WORDS = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is most likely a person's; `headers` have their names in small letters."""
    agent = headers.get("user-agent", "")
    return (
        method == "GET"
        and bool(agent)
        and _PROGRAM.search(agent) is None
        # Every browser asks for a page so when somebody opens a link.
        and "text/html" in headers.get("accept", "").lower()
        and headers.get("sec-fetch-dest", "document") == "document"
        and not any(_AHEAD_WORDS.search(headers.get(name, "")) for name in _AHEAD)
    )
