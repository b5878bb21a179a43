"""The ready-made rules, in the order in which the gallery shows them."""

from automator.rules.gallery import (
    after_sale,
    campaigns,
    conversations,
    hidden_comments,
    leads,
    opening_hours,
    prices,
    summaries,
)
from automator.rules.gallery.gallery_rule import GalleryRule

GALLERY: tuple[GalleryRule, ...] = (
    prices.PRICE,
    hidden_comments.HIDE_PHONE_NUMBERS,
    leads.ASK_PHONE_NUMBER,
    leads.KEEP_PHONE_NUMBERS,
    leads.TAKE_LEADS,
    leads.SHARE_PEOPLE,
    opening_hours.OPENING_HOURS,
    after_sale.COMPLAINT,
    prices.ASK_AGAIN,
    campaigns.WRITE_TO_MANY,
    summaries.SUMMARY,
    prices.PRICE_LINK,
    conversations.WELCOME,
    opening_hours.OUT_OF_HOURS,
    conversations.NOT_UNDERSTOOD,
    campaigns.GIVEAWAY,
    after_sale.ORDER_STATUS,
    after_sale.THANK_REVIEWS,
    hidden_comments.HIDE_LINKS,
    conversations.NO_MORE_MESSAGES,
)


def gallery_rule(key: str) -> GalleryRule | None:
    """The ready-made rule with this key."""
    return next((item for item in GALLERY if item.key == key), None)
