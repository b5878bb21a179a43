"""Changes of an Instagram account: comments, comments of a live video, mentions."""

import re
from collections.abc import Mapping
from typing import Any, Final

from automator.model import ParsedEvent
from automator.providers.meta.changes import Fields
from automator.providers.meta.echo import echo_in_comment
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.reading import as_dict, as_id, as_text, content_key, join_key

Value = dict[str, Any]
#: Instagram names people by these words alone. A name has up to 30 letters, digits, dots and
#: underscores, and ends with no dot.
_NAMED: Final = re.compile(
    r"(?<![\w@.])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)(?![\w@])"
)


def _read_comment(entry: AccountEntry, value: Value, *, is_live: bool = False) -> ParsedEvent:
    comment = as_id(value.get("id")) or as_id(value.get("comment_id"))
    media = as_dict(value.get("media"))
    parent = as_id(value.get("parent_id"))
    sender = as_dict(value.get("from"))
    person, name = as_id(sender.get("id")), as_text(sender.get("username"))
    is_self = person is not None and person == entry.account_id
    text = as_text(value.get("text"))
    post = _media(media)
    post_id = as_id(media.get("id"))
    parts: dict[str, Any] = {
        # Instagram names a parent only for answers to comments, and never for comments of a live
        # video.
        "comment": part(comment, is_reply=parent is not None),
        "post": post,
        "parent": part(parent),
    }
    if is_live:
        parts["live"] = True
    if text and "@" in text:
        parts["tagged"] = _tagged(text)
    return entry.event(
        "comment.created",
        join_key(entry.account_id, "comment", comment)
        if comment
        else content_key(entry.account_id, "comment", entry.time, value=value),
        value,
        parts,
        text=text,
        actor=actor_of(person, name, is_self=is_self),
        # Comments by the account itself get the lane of their post: otherwise all of them would
        # share one lane.
        lane_id=person if person and not is_self else post_id,
        echo=echo_in_comment(parts, text, is_self=is_self),
    )


def _tagged(text: str) -> list[dict[str, Any]]:
    """The people that a comment names, each once, by their user names; their ids are not known."""
    names = dict.fromkeys(name.lower() for name in _NAMED.findall(text))
    return [{"id": None, "name": name, "type": "user"} for name in names]


def _read_live_comment(entry: AccountEntry, value: Value) -> ParsedEvent:
    return _read_comment(entry, value, is_live=True)


def _read_mention(entry: AccountEntry, value: Value) -> ParsedEvent:
    """Somebody named the account; Instagram says neither who nor in which words."""
    media, comment = as_id(value.get("media_id")), as_id(value.get("comment_id"))
    key = (
        join_key(entry.account_id, "mention", media, comment)
        if media or comment
        else content_key(entry.account_id, "mention", entry.time, value=value)
    )
    parts = {"post": part(media), "comment": part(comment)}
    return entry.event("mention.created", key, value, parts, lane_id=media)


def _media(media: Mapping[str, Any]) -> dict[str, Any] | None:
    ad_id = as_id(media.get("ad_id"))
    found = part(
        as_id(media.get("id")),
        kind=as_text(media.get("media_product_type")),
        ad_id=ad_id,
        ad_title=as_text(media.get("ad_title")),
        is_ad=ad_id is not None,
        # An ad made of a post has an id of its own.
        original_id=as_id(media.get("original_media_id")),
    )
    if found and "caption" in media:
        # Nearly always it has to be looked up.
        found["message"] = as_text(media["caption"])
    return found


FIELDS: Fields = {
    "comments": _read_comment,
    "live_comments": _read_live_comment,
    "mentions": _read_mention,
}
