"""Finds the known name that a misspelt name probably means, for the fix of a problem."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Final

from automator.model import Reason, normalized
from automator.reasons import ReasonKind
from automator.reasons.problems.phrases import (
    word_known_words,
    word_nearest_word,
    word_no_known_words,
    word_samples,
    word_senders,
)

#: Limits of the comparison: how many known words, and how many characters of each.
_MOST_COMPARED = 400
_LONGEST = 100
#: How many letters of known words a problem lists, in all.
_MOST_LISTED = 2_000


#: The names of this program for each name that other programs or languages use.
_CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("message", "content", "msg", "noi_dung"), ("text",)),
    **dict.fromkeys(("url", "address", "target", "receiver", "recipient", "user"), ("to",)),
    **dict.fromkeys(("json", "data", "payload"), ("body", "data")),
    **dict.fromkeys(("tz", "zone"), ("timezone",)),
    **dict.fromkeys(("image", "images", "photo"), ("attachments",)),
    **dict.fromkeys(("delay", "in", "wait"), ("after",)),
    **dict.fromkeys(("per", "window", "interval"), ("period",)),
    **dict.fromkeys(("max", "count"), ("limit",)),
    **dict.fromkeys(("steps", "then"), ("actions",)),
    **dict.fromkeys(("email", "mail", "telegram", "slack", "zalo", "alert"), ("notify",)),
    **dict.fromkeys(("send_email", "send_mail", "gui_email", "send_notification"), ("notify",)),
    **dict.fromkeys(("reply_to_comment", "reply_comment", "comment_reply"), ("reply",)),
    **dict.fromkeys(("http", "api", "call", "fetch"), ("request",)),
    "webhook": ("forward",),
    "send": ("message",),
    "answer": ("reply",),
    **dict.fromkeys(("retry", "retry_count", "max_retries", "attempts"), ("retries",)),
    **dict.fromkeys(("timeout", "within", "expire"), ("expires",)),
    "comment": ("reply",),
    **dict.fromkeys(("tag", "save", "store"), ("remember",)),
    "action": ("do",),
    "on": ("trigger", "event"),
    "do": ("actions",),
    "if": ("conditions", "expr"),
    "condition": ("conditions", "expr"),
    **dict.fromkeys(("or", "either"), ("any",)),
    "and": ("all",),
    **dict.fromkeys(("none", "neither", "nor", "except"), ("not",)),
    "event": ("type",),
    "when": ("if", "conditions", "trigger"),
    "print": ("log",),
    # Names of ManyChat, n8n, GitHub Actions and Home Assistant.
    **dict.fromkeys(
        ("add_tag", "remove_tag", "set_tag", "set_custom_field", "set_field"), ("remember",)
    ),
    **dict.fromkeys(("send_message", "send_text", "text_message", "dm"), ("message",)),
    **dict.fromkeys(("send_dm", "private_message", "inbox"), ("private_reply",)),
    **dict.fromkeys(("http_request", "external_request", "rest_command"), ("request",)),
    **dict.fromkeys(("params", "query_params", "qs"), ("query",)),
    **dict.fromkeys(("event_type", "event_name"), ("event",)),
    **dict.fromkeys(("filter", "filters", "where"), ("conditions",)),
    **dict.fromkeys(("alias", "title"), ("name",)),
    "jobs": ("rules",),
    "body": ("text",),
    **dict.fromkeys(("random", "variants", "texts", "choices"), ("one_of",)),
    **dict.fromkeys(("replies", "options", "suggestions"), ("quick_replies", "choices")),
    **dict.fromkeys(("platform", "app", "channel", "source"), ("provider", "connection")),
    **dict.fromkeys(("page", "account", "trang"), ("connection",)),
    "type": ("event",),
    # Vietnamese names, without accents.
    **dict.fromkeys(("quy_tac", "cac_quy_tac"), ("rules",)),
    "ten": ("name",),
    "mo_ta": ("description",),
    **dict.fromkeys(("kich_hoat", "su_kien", "khi"), ("trigger", "event")),
    "dieu_kien": ("conditions",),
    "hanh_dong": ("actions",),
    "gioi_han": ("limits",),
    "uu_tien": ("priority",),
    "ket_noi": ("connection",),
    **dict.fromkeys(("tra_loi", "phan_hoi"), ("reply",)),
    **dict.fromkeys(("nhan_tin", "gui_tin", "gui_tin_nhan", "tin_nhan"), ("message",)),
    **dict.fromkeys(("nhan_rieng", "tra_loi_rieng", "tin_nhan_rieng"), ("private_reply",)),
    **dict.fromkeys(("hoi", "hoi_khach"), ("ask",)),
    **dict.fromkeys(("ghi_nho", "luu"), ("remember",)),
    **dict.fromkeys(("thong_bao", "bao"), ("notify",)),
    **dict.fromkeys(("tieu_de", "subject"), ("title",)),
    # Values in Vietnamese and in words of other programs.
    **dict.fromkeys(("an", "an_di", "giau"), ("hide",)),
    **dict.fromkeys(("hien", "hien_lai", "bo_an", "show"), ("unhide",)),
    **dict.fromkeys(("xoa", "xoa_bo", "remove"), ("delete",)),
    **dict.fromkeys(("thich", "tha_tim"), ("like",)),
    **dict.fromkeys(("chan", "cam", "block"), ("ban",)),
    **dict.fromkeys(("bo_chan", "unblock"), ("unban",)),
    **dict.fromkeys(("thu", "chay_thu", "test", "dry_run", "preview", "draft"), ("shadow",)),
    **dict.fromkeys(("that", "chay_that", "production", "prod", "active"), ("live",)),
    **dict.fromkeys(("cho", "doi"), ("wait", "hold", "queue")),
    **dict.fromkeys(("bo_qua", "ignore"), ("skip", "continue")),
    "tiep_tuc": ("continue",),
    **dict.fromkeys(("dung", "dung_lai", "abort"), ("stop",)),
    **dict.fromkeys(("xep_hang", "hang_doi"), ("queue",)),
    **dict.fromkeys(("canh_bao", "warn"), ("warning",)),
    "loi": ("error",),
    "thong_tin": ("info",),
    "thu_lai": ("retry",),
    "giu_lai": ("hold",),
    **dict.fromkeys(("so_dien_thoai", "sdt", "phone_number"), ("phone",)),
    "so": ("number",),
    **dict.fromkeys(("hinh", "hinh_anh", "anh"), ("image", "attachments")),
}


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Returns the known word that was most likely meant by `word`, or None.

    Comparing two words takes long, and a payload can have a hundred thousand names. If there are
    very many known words, only those that begin or end like `word` are compared.
    """
    names = {name.lower()[:_LONGEST]: name for name in known}
    sought = word.lower()[:_LONGEST]
    meant = called(sought, names)
    if meant is not None:
        return names[meant]
    candidates: Iterable[str] = names
    if len(names) > _MOST_COMPARED:
        alike = (name for name in names if _is_alike(name, sought))
        candidates = list(islice(alike, _MOST_COMPARED))
    found = get_close_matches(sought, candidates, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def called(word: str, known: Collection[str]) -> str | None:
    """Returns `word` if it is known, or the known word that other programs call so; or None."""
    if word in known:
        return word
    meant = _CALLED.get(word.lower()) or _CALLED.get(plain_name(word), ())
    return next((name for name in meant if name in known), None)


def plain_name(word: str) -> str:
    """Returns the word in the form of a name, in small letters: `hành động` as `hanh_dong`."""
    letters = normalized("NFD", word.lower().replace("đ", "d"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\s-]+", "_", bare.strip())


def as_name(text: str, dash: str = "-") -> str:
    """Turns a text into a name for a rule or a step: `Trả lời giá` into `tra-loi-gia`, or ""."""
    plain = re.sub(r"[^a-z0-9]+", dash, plain_name(text))
    return plain.strip(dash)[:64].rstrip(dash)


def _is_alike(name: str, sought: str) -> bool:
    """Whether two names have similar lengths and the same beginning or end."""
    ends = name[:2] == sought[:2] or name[-2:] == sought[-2:]
    # If the lengths differ more, difflib's ratio is below the required 0.6.
    return ends and len(name) <= 2.4 * len(sought) and len(sought) <= 2.4 * len(name)


def suggest(word: str, known: Iterable[str], many: ReasonKind[[]]) -> Reason:
    """Makes `did you mean 'x'? The keys are: a, b.`; `many` is the phrase `keys`, or another
    one.
    """
    names = sorted(known)
    nearest = did_you_mean(word, names)
    shown = _first_of(names)
    others = (
        word_known_words(many=many(), known=shown) if names else word_no_known_words(many=many())
    )
    return word_nearest_word(nearest=nearest, others=others) if nearest else others


def _first_of(names: Sequence[str]) -> list[str]:
    """Returns the first names, for a problem to list, and `…` if there are very many.

    Without a limit, each of a file's hundred problems could list thousands of names.
    """
    left = _MOST_LISTED
    for place, name in enumerate(names):
        left -= len(name) + 1
        if left < 0:
            return [*names[:place], "…"]
    return list(names)


def suggest_sample(name: str, known: Iterable[str]) -> Reason:
    """Advises on an unknown sample: names one of the same sender, or else the senders with
    samples.
    """
    names = list(known)
    sender = name.partition("/")[0]
    same = [sample for sample in names if sample.startswith(f"{sender}/")]
    if same:
        return suggest(name, same, word_samples)
    return suggest(sender, {sample.partition("/")[0] for sample in names}, word_senders)
