"""Reads changes of a Page: comments, posts, reactions, mentions, ratings and leads."""

from collections.abc import Mapping
from typing import Any

from automator.model import LEAD, ParsedEvent
from automator.model.event import PART_KEYS, lead_name
from automator.providers.facebook.leads import answers_in, person_of_lead
from automator.providers.meta.changes import Fields
from automator.providers.meta.echo import echo_in_comment
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    join_key,
)

# --- Parts of several kinds of changes: the person, the post, the pictures ---


Value = dict[str, Any]


def feed_event(
    page: AccountEntry, type_: str, key: str, value: Value, parts: Mapping[str, Any]
) -> ParsedEvent:
    """Makes the event of a change, with its person, its lane and its parts."""
    person, name = person_of(value)
    is_self = person is not None and person == page.account_id
    post = parts.get("post")
    text = value.get("message")
    if text is None:
        text = value.get("review_text")
    return page.event(
        type_,
        key,
        value,
        parts,
        text=as_text(text),
        actor=actor_of(person, name, is_self=is_self),
        # Events by the Page itself get the lane of their post: otherwise all would share one lane.
        lane_id=person if person and not is_self else post and post.get("id"),
        occurred_at=as_milliseconds(value.get("created_time")),
        echo=echo_in_comment(parts, as_text(text), is_self=is_self)
        if type_ == "comment.created"
        else None,
    )


def person_of(value: Value) -> tuple[str | None, str | None]:
    """Returns the id and the name of the person who acted, if the app may know them."""
    sender = value.get("from")
    if isinstance(sender, dict):
        return as_id(sender.get("id")), as_text(sender.get("name"))
    # Old API versions, likes of the Page, and ratings name the person in other fields.
    for prefix in ("sender", "user", "reviewer"):
        person = as_id(value.get(f"{prefix}_id"))
        if person:
            return person, as_text(value.get(f"{prefix}_name"))
    lead = as_id(value.get("leadgen_id"))
    if lead is None:
        return None, None
    return person_of_lead(lead), lead_name(answers_in(value.get("field_data")))


def post_of(value: Value, post_id: str | None) -> dict[str, Any] | None:
    """Reads the post that a change is about; None if the change names no post."""
    post = value.get("post")
    if not isinstance(post, dict):
        return part(post_id)
    is_published, promotion = post.get("is_published"), as_text(post.get("promotion_status"))
    known = part(
        post_id,
        url=as_text(post.get("permalink_url")),
        # `added_photos`, `added_video`, `mobile_status_update` …
        kind=as_text(post.get("status_type")),
        is_published=is_published,
        promotion_status=promotion,
        # A post that exists only as an ad is not published. A published post with an ad is
        # `active`.
        is_ad=is_published is False or promotion == "active",
    )
    if known and "message" in post:
        # Facebook rarely sends the text; nearly always it has to be looked up.
        known["message"] = as_text(post["message"])
    return known


def media_of(value: Value) -> list[dict[str, Any]]:
    """Reads the pictures and the video of a comment or a post, as attachments."""
    media = []
    for kind in ("photo", "video"):
        url = as_text(value.get(kind))
        if url:
            media.append({"type": "image" if kind == "photo" else kind, "url": url})
    photos = value.get("photos")
    if isinstance(photos, list):
        media += [{"type": "image", "url": url} for url in photos if isinstance(url, str)]
    return media


def people_tagged(page: AccountEntry, tags: Any) -> list[dict[str, Any]]:
    """Reads the people and other Pages that a comment mentions.

    Facebook also lists groups, events and hashtags there.
    """
    people: dict[str, dict[str, Any]] = {}
    for item in as_list(tags):
        tag = as_dict(item)
        person, kind = as_id(tag.get("id")), as_text(tag.get("type")) or "user"
        name = as_text(tag.get("name")) or ""
        is_person = kind in ("user", "page") and not name.startswith("#")
        if person and is_person and person != page.account_id:
            people[person] = {"id": person, "name": name or None, "type": kind}
    return list(people.values())


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
#: Types of events that happen only once to a comment; all others may happen again.
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
    # A like that names neither a post nor a comment is a like of the Page.
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
    """Whether a comment's parent is another comment, not the post itself.

    The parent's id may differ from `post_id` although the parent is the post: for an album, or for
    one of several photos in a post. But the ids of all comments on a post begin with the same id of
    the post, and no id of a post begins like this.
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
        # The webhook never has answers; tests of rules write them here.
        answers = answers_in(value["field_data"])
        form = {**answers, **form, PART_KEYS[LEAD]: answers}
    return feed_event(page, "lead.created", key, value, {LEAD: form})


FIELDS: Fields = {
    "feed": _read_feed,
    "mention": _read_mention,
    "ratings": _read_rating,
    "leadgen": _read_lead,
}
