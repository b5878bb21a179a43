"""emails() and links(): finds e-mail and web addresses, each in one spelling for comparisons."""

import re
from typing import Final

from automator.conditions.texts.fold import plain

_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LOCAL: Final = _LETTERS | frozenset("._%+-'")
#: The largest lengths of the part before the @ and of a domain, by RFC 5321.
_LONGEST_LOCAL: Final = 64
#: How many @ of a text are examined.
_MOST_SIGNS: Final = 200
_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]{1,253}")
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_TOP_LABEL: Final = re.compile(r"[A-Za-z]{2,24}|[Xx][Nn]--[A-Za-z0-9-]+")


def find_emails(text: str, most: int) -> list[str]:
    """The first e-mail addresses in a text, each once, in small letters."""
    text = plain(text)
    found: dict[str, None] = {}
    at = text.find("@")
    for _ in range(_MOST_SIGNS):
        if at < 0 or len(found) == most:
            break
        local, domain = _local_before(text, at), _domain_behind(text, at + 1)
        if local and domain:
            found.setdefault(f"{local}@{domain}".lower())
        at = text.find("@", at + 1)
    return list(found)


def _local_before(text: str, at: int) -> str:
    start = at
    while start > 0 and text[start - 1] in _LOCAL and at - start <= _LONGEST_LOCAL:
        start -= 1
    local = text[start:at].lstrip(".'")
    # In `nguyễn@example.com`, the part after the accent alone is no address.
    is_cut = start > 0 and (text[start - 1].isalnum() or text[start - 1] in "@/")
    is_whole = 0 < len(local) <= _LONGEST_LOCAL and local[-1] != "." and ".." not in local
    return local if is_whole and not is_cut else ""


def _domain_behind(text: str, start: int) -> str:
    matched = _DOMAIN.match(text, start)
    if matched is None:
        return ""
    labels = matched[0].rstrip(".-").split(".")
    # The last label may begin the next sentence, as in `lan@example.com.Cảm ơn`.
    goes_on = text[matched.end() : matched.end() + 1].isalpha()
    is_sentence = len(labels) > 2 and labels[-1][:1].isupper() and labels[-2].islower()
    if goes_on or is_sentence:
        labels.pop()
    is_domain = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    return ".".join(labels) if is_domain and _TOP_LABEL.fullmatch(labels[-1]) else ""


#: Endings by which a host name is a link, even without a path.
_ENDS: Final = "com|vn|net|org|info|shop|store|online|site|xyz|asia|biz|edu|gov|app|dev|io"
#: Endings that are also ordinary words: a host name with one is a link only before a slash.
_ENDS_WITH_PATH: Final = "me|ly|be|co|gl|gd|cc|to|tv|us|uk|ee|page|link|live|click|top|club|vip|pro"
_REST: Final = r"[^\s<>\"“”‘’，。、]{0,2000}"
#: The characters that end a host; browsers take a backslash for a slash.
_NO_HOST: Final = r"\s/?#<>\\\"“”‘’，。、"
_LINK: Final = re.compile(
    rf"(?P<scheme>https?):(?://|\\\\)(?:[^{_NO_HOST}@]{{0,253}}@){{0,9}}(?P<host>[^{_NO_HOST}]{{1,253}})"
    rf"(?P<rest>(?:[/?#\\]{_REST})?)"
    r"|(?<![\w@.\-/])(?P<bare>(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,8}"
    rf"(?:(?:{_ENDS})(?![\w@-])|(?:{_ENDS_WITH_PATH})(?=/[\w@])))"
    rf"(?P<bare_rest>(?::[0-9]{{1,5}})?(?:[/?#]{_REST})?)",
    re.IGNORECASE,
)
_CLOSING: Final = ".,;:!?'…*_~|"
_BRACKETS: Final = {")": "(", "]": "[", "}": "{", "»": "«"}
_CLOSES: Final = frozenset(_CLOSING).union(_BRACKETS)


def find_links(text: str, most: int) -> list[str]:
    """The first links in a text, each once, with scheme and host in lower case; links without a
    scheme get `https`. The part before an `@` is left out, as in `https://shop.vn@evil.com`,
    because browsers ignore it.
    """
    text = plain(text)
    if "." not in text and "://" not in text:
        return []
    found: dict[str, None] = {}
    for match in _LINK.finditer(text):
        scheme, host = match["scheme"] or "https", match["host"] or match["bare"]
        link = _without_closing(host + (match["rest"] or match["bare_rest"] or ""))
        host = link[: len(host)]
        if len(host) > 2 and any(sign.isalnum() for sign in host):
            found.setdefault(f"{scheme.lower()}://{host.lower()}{link[len(host) :]}")
            if len(found) == most:
                break
    return list(found)


def _without_closing(link: str) -> str:
    """The link without punctuation that closes the sentence around it."""
    if link[-1] not in _CLOSES:
        return link
    unopened = {last: link.count(last) - link.count(first) for last, first in _BRACKETS.items()}
    end = len(link)
    while end and (link[end - 1] in _CLOSING or unopened.get(link[end - 1], 0) > 0):
        end -= 1
        if link[end] in unopened:
            unopened[link[end]] -= 1
    return link[:end]
