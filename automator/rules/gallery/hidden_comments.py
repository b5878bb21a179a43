"""Rules that hide comments under posts: those with phone numbers, and those with links."""

from typing import Any

from automator.model import N_
from automator.rules.gallery.common_parts import PRIVATE
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule


def _hidden_phone(filled: Filled) -> dict[str, Any]:
    """Hides a comment with a telephone number."""
    actions: list[Any] = [{"moderate": "hide"}]
    if filled.can("private_reply"):
        actions.append({"private_reply": filled.text("private")})
    return {"conditions": ["phones(event.text)"], "actions": actions}


HIDE_PHONE_NUMBERS = GalleryRule(
    key="hide_phone_numbers",
    title=N_("Hide comments with a phone number"),
    about=N_("A phone number under a post is hidden before competitors read it."),
    events=("comment.created",),
    needs=frozenset({"hide"}),
    fields=(
        GalleryField(
            "private",
            PRIVATE,
            N_("We have hidden your comment to protect your number and will call you soon."),
        ),
    ),
    make=_hidden_phone,
    sample=N_("Call me on 0901 234 567"),
)


def _hidden_link(_filled: Filled) -> dict[str, Any]:
    """Hides a comment with a link."""
    return {"conditions": ["links(event.text)"], "actions": [{"moderate": "hide"}]}


HIDE_LINKS = GalleryRule(
    key="hide_links",
    title=N_("Hide comments with links"),
    about=N_("Advertising with links under your posts is hidden."),
    events=("comment.created",),
    needs=frozenset({"hide"}),
    fields=(),
    make=_hidden_link,
    sample=N_("Cheaper here: https://example.com/sale"),
)
