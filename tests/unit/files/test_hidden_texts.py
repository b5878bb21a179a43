"""Messages without hidden texts, however many of these there are."""

import sys

import pytest

from automator.files import HiddenTexts

SECRETS = HiddenTexts(["secret-one", "secret-one-and-two", "one-and-two-three", "short"], 6)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("it is secret-one.", "it is …."),
        ("it is secret-one-and-two.", "it is …."),
        ("secret-one-and-two-three", "…"),
        ("secret-onesecret-one", "……"),
        ("xsecret-on is none", "xsecret-on is none"),
        ("cut: secret-one-an…", "cut: …"),
        ("a secret-one … and secret-on… behind", "a … … and … behind"),
        ("too little to tell: secre…", "too little to tell: secre…"),
        ("a short text stays", "a short text stays"),
        ("", ""),
    ],
)
def test_a_message_has_a_mark_for_each_hidden_text(message: str, shown: str) -> None:
    assert SECRETS.taken_from(message) == shown


def calls_for(count: int) -> int:
    """Calls that it takes to take two texts of so many out of a message."""
    texts = HiddenTexts([f"{number:06d}-secret" for number in range(count)], 6)
    calls = 0

    def count_call(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        shown = texts.taken_from("it is 000047-secret, and 000015-sec…")
    finally:
        sys.setprofile(before)
    assert shown == "it is …, and …"
    return calls


def test_many_texts_take_no_more_work_than_a_few() -> None:
    assert calls_for(5_000) == calls_for(50)
