"""Changes of a Page: comments, posts, reactions, mentions, ratings and leads."""

from typing import Any

from automator.model import LEAD, PART_KEYS, ParsedEvent
from automator.providers.facebook.feed_parts import (
    Value,
    feed_event,
    media_of,
    people_tagged,
    person_of,
    post_of,
)
from automator.providers.facebook.leads import answers_in
from automator.providers.meta.changes import Fields
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import part
from automator.providers.shared.reading import (
    as_id,
    as_milliseconds,
    as_text,
    content_key,
    join_key,
)

_COMMENT_VERBS = {
    "add": "comment.created",
    "edit": "comment.edited",
    "edited": "comment.edited",
    "remove": "comment.deleted",
    "delete": "comment.deleted",
    "hide": "comment.hidden",
    "unhide": "comment.unhidden",
}
_POST_ITEMS = frozenset(
    {"post", "status", "photo", "video", "share", "link", "album", "photo-album", "note", "story"}
)
_POST_VERBS = {
    "add": "post.created",
    "edit": "post.edited",
    "edited": "post.edited",
    "update": "post.edited",
    "remove": "post.deleted",
    "delete": "post.deleted",
}
_REACTION_VERBS = {
    "add": "reaction.added",
    "edit": "reaction.added",
    "edited": "reaction.added",
    "remove": "reaction.removed",
    "delete": "reaction.removed",
}
#: These happen once to a comment; all other verbs may happen again.
_ONCE = frozenset({"comment.created", "comment.deleted"})


def _read_feed(page: AccountEntry, value: Value) -> ParsedEvent:
    kind = value.get("item")
    verb = value.get("verb")
    if not isinstance(kind, str) or not isinstance(verb, str):
        return _read_other(page, value)
    if kind == "comment" and verb in _COMMENT_VERBS:
        return _read_comment(page, value, _COMMENT_VERBS[verb])
    if kind in _POST_ITEMS and verb in _POST_VERBS:
        return _read_post(page, value, _POST_VERBS[verb])
    if verb == "follow":
        key = content_key(page.account_id, "feed", page.time, value=value)
        return feed_event(page, "contact.followed", key, value, {})
    # A like of neither a post nor a comment is a like of the Page.
    names_something = as_id(value.get("post_id")) or as_id(value.get("comment_id"))
    is_reaction = kind == "reaction" or (kind == "like" and names_something)
    if is_reaction and verb in _REACTION_VERBS:
        return _read_reaction(page, value, _REACTION_VERBS[verb])
    return _read_other(page, value)


def _read_comment(page: AccountEntry, value: Value, type_: str) -> ParsedEvent:
    comment = as_id(value.get("comment_id"))
    if comment is None:
        return _read_other(page, value)
    post_id = as_id(value.get("post_id"))
    parent = as_id(value.get("parent_id"))
    is_reply = _is_reply(parent, comment)
    verb = value["verb"]
    tags = value.get("message_tags")
    key = (
        join_key(page.account_id, comment, verb)
        if type_ in _ONCE
        else join_key(page.account_id, comment, verb, page.time)
    )
    return feed_event(
        page,
        type_,
        key,
        value,
        {
            "comment": {"id": comment, "is_reply": is_reply},
            "post": post_of(value, post_id),
            "parent": part(parent) if is_reply else None,
            "attachments": media_of(value),
            **({"tagged": people_tagged(page, tags)} if tags else {}),
        },
    )


def _is_reply(parent: str | None, comment: str) -> bool:
    """Whether the parent of a comment is another comment, and not the post itself.

    The post may be named in another way than in `post_id`: by the album of a photo, as in
    `album_story`, or below one of several photos by the post of all. The ids of all comments on one
    thing begin alike, with its own id, and no post is named so.
    """
    if parent is None or "_" not in comment:
        return False
    return parent.rpartition("_")[0] == comment.rpartition("_")[0]


def _read_post(page: AccountEntry, value: Value, type_: str) -> ParsedEvent:
    post_id = as_id(value.get("post_id"))
    key = (
        join_key(page.account_id, post_id, value["item"], value["verb"], page.time)
        if post_id
        else content_key(page.account_id, "feed", page.time, value=value)
    )
    post = post_of(value, post_id) or {}
    post["message"] = as_text(value.get("message"))
    return feed_event(page, type_, key, value, {"post": post, "attachments": media_of(value)})


def _read_reaction(page: AccountEntry, value: Value, type_: str) -> ParsedEvent:
    post_id = as_id(value.get("post_id"))
    comment = as_id(value.get("comment_id"))
    kind = as_text(value.get("reaction_type")) or "like"
    person, _ = person_of(value)
    key = join_key(
        page.account_id,
        "reaction",
        post_id,
        comment,
        person,
        value["verb"],
        kind,
        as_milliseconds(value.get("created_time")) or page.time,
    )
    parts = {
        "reaction": {"type": kind},
        "post": post_of(value, post_id),
        "comment": part(comment),
    }
    return feed_event(page, type_, key, value, parts)


def _read_other(page: AccountEntry, value: Value) -> ParsedEvent:
    type_ = page.type("feed", value.get("item"), value.get("verb"))
    key = content_key(page.account_id, "feed", page.time, value=value)
    return feed_event(
        page, type_, key, value, {"post": post_of(value, as_id(value.get("post_id")))}
    )


def _read_mention(page: AccountEntry, value: Value) -> ParsedEvent:
    post_id = as_id(value.get("post_id"))
    comment = as_id(value.get("comment_id"))
    verb = as_text(value.get("verb")) or "add"
    type_ = "mention.created" if verb == "add" else page.type("mention", verb)
    key = (
        join_key(page.account_id, "mention", comment or post_id, verb)
        if comment or post_id
        else content_key(page.account_id, "mention", page.time, value=value)
    )
    parts = {
        "post": post_of(value, post_id),
        "comment": part(comment),
    }
    return feed_event(page, type_, key, value, parts)


def _read_rating(page: AccountEntry, value: Value) -> ParsedEvent:
    story = as_id(value.get("open_graph_story_id"))
    kind = (as_text(value.get("item")), as_text(value.get("verb")))
    if kind == ("rating", "add"):
        type_ = "review.created"
    else:
        type_ = page.type("ratings", value.get("item"), value.get("verb"))
    key = content_key(page.account_id, "ratings", story, value=value)
    recommends = as_text(value.get("recommendation_type"))
    review = {"id": story, "recommends": recommends == "POSITIVE" if recommends else None}
    return feed_event(page, type_, key, value, {"review": review})


def _read_lead(page: AccountEntry, value: Value) -> ParsedEvent:
    lead = as_id(value.get("leadgen_id"))
    key = (
        join_key(page.account_id, "lead", lead)
        if lead
        else content_key(page.account_id, "lead", page.time, value=value)
    )
    form: dict[str, Any] = {
        "id": lead,
        "form_id": as_id(value.get("form_id")),
        "ad_id": as_id(value.get("ad_id")),
    }
    if "field_data" in value:
        # The webhook has no answers; tests of rules give them.
        answers = answers_in(value["field_data"])
        form = {**answers, **form, PART_KEYS[LEAD]: answers}
    return feed_event(page, "lead.created", key, value, {LEAD: form})


FIELDS: Fields = {
    "feed": _read_feed,
    "mention": _read_mention,
    "ratings": _read_rating,
    "leadgen": _read_lead,
}
