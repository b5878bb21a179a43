"""The parts of a Page's changes that several kinds share: the person, the post, the pictures."""

from collections.abc import Mapping
from typing import Any

from automator.model import ParsedEvent, lead_name
from automator.providers.facebook.leads import answers_in, person_of_lead
from automator.providers.meta.echo import echo_in_comment
from automator.providers.meta.entry import AccountEntry
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.reading import as_dict, as_id, as_list, as_milliseconds, as_text

Value = dict[str, Any]


def feed_event(
    page: AccountEntry, type_: str, key: str, value: Value, parts: Mapping[str, Any]
) -> ParsedEvent:
    """The event of a change, with its person, its lane and its parts."""
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
        # Events by our own Page get the lane of their post: otherwise all of them would share one
        # lane.
        lane_id=person if person and not is_self else post and post.get("id"),
        occurred_at=as_milliseconds(value.get("created_time")),
        echo=echo_in_comment(parts, as_text(text), is_self=is_self)
        if type_ == "comment.created"
        else None,
    )


def person_of(value: Value) -> tuple[str | None, str | None]:
    """The id and the name of the person who did this, if the app may know them."""
    sender = value.get("from")
    if isinstance(sender, dict):
        return as_id(sender.get("id")), as_text(sender.get("name"))
    # Old API versions, likes of the Page, and ratings name the person in other ways.
    for prefix in ("sender", "user", "reviewer"):
        person = as_id(value.get(f"{prefix}_id"))
        if person:
            return person, as_text(value.get(f"{prefix}_name"))
    lead = as_id(value.get("leadgen_id"))
    if lead is None:
        return None, None
    return person_of_lead(lead), lead_name(answers_in(value.get("field_data")))


def post_of(value: Value, post_id: str | None) -> dict[str, Any] | None:
    """The post that a change is about; None where it names none."""
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
        # A post that only its ad shows is not published; one that is advertised as well is active.
        is_ad=is_published is False or promotion == "active",
    )
    if known and "message" in post:
        # Nearly always the text has to be looked up.
        known["message"] = as_text(post["message"])
    return known


def media_of(value: Value) -> list[dict[str, Any]]:
    """The pictures and the video of a comment or a post, as attachments."""
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
    """The people and Pages that a comment names, without the Page that it stands on.

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
