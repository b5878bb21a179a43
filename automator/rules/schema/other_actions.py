"""Names of other programs, and Vietnamese ones, for steps that are written otherwise here."""

from typing import Final

from automator.files import plain_name
from automator.model import Reason
from automator.reasons.problems import rules

_LATER: Final = frozenset(
    {"wait", "delay", "sleep", "pause", "after", "smart_delay", "cho", "doi", "hen_gio"}
)
_ELSE: Final = frozenset({"else", "otherwise", "elif"})
_STOPS: Final = frozenset({"stop", "break", "exit", "return", "dung"})
#: What `moderate` does, by the names of others.
_MODERATES: Final = {
    **{do: do for do in ("hide", "unhide", "delete", "like", "ban", "unban")},
    **dict.fromkeys(("hide_comment", "an", "an_binh_luan"), "hide"),
    **dict.fromkeys(("delete_comment", "remove_comment", "xoa", "xoa_binh_luan"), "delete"),
    **dict.fromkeys(("like_comment", "thich"), "like"),
    **dict.fromkeys(("ban_user", "block_user", "chan"), "ban"),
}


def called_otherwise(key: str) -> Reason | None:
    """The advice for a word that is no action here, where its meaning is certain."""
    name = plain_name(key)
    if name in _LATER:
        return rules.ACTION_LATER(key=key)
    if name in _MODERATES:
        return rules.ACTION_MODERATES(key=key, do=_MODERATES[name])
    if name in _STOPS:
        return rules.ACTION_STOPS(key=key)
    return rules.ACTION_ELSE(key=key) if name in _ELSE else None
