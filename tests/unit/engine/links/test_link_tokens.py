"""A token of a tracked link: read by whoever has its key, and made by nobody else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.engine.links import link_tokens
from automator.engine.links.link_tokens import Link, LinkKeys

KEYS = LinkKeys([b"the key of this server"])
LINK = Link(1 << 62, "private_reply", "https://shop.example/ao-thun")


@given(
    run=st.integers(0, (1 << 63) - 1),
    step=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True),
    path=st.text("abc/?#=&%20", max_size=300),
    scheme=st.sampled_from(["https", "http"]),
    receiver=st.text(max_size=100),
)
def test_a_token_gives_the_link_that_it_was_made_for(
    run: int, step: str, path: str, scheme: str, receiver: str
) -> None:
    link = Link(run, step, f"{scheme}://shop.example/{path}", receiver)

    assert KEYS.read(KEYS.token(link)) == link


def test_a_usual_token_is_short() -> None:
    assert len(KEYS.token(LINK)) <= 72


def test_the_same_link_has_the_same_token() -> None:
    assert KEYS.token(LINK) == KEYS.token(LINK)


def test_every_changed_byte_makes_a_token_of_nobody() -> None:
    token = KEYS.token(LINK)
    packed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))

    for place in range(len(packed)):
        changed = bytearray(packed)
        changed[place] ^= 1
        assert KEYS.read(base64.urlsafe_b64encode(changed).decode()) is None


@pytest.mark.parametrize(
    "token", ["", "a", "abcd", "!!!!", "ă" * 40, "A" * 100_000, "A" * 16, "=" * 40]
)
def test_anything_else_is_no_link(token: str) -> None:
    assert KEYS.read(token) is None


def test_a_token_of_a_later_version_is_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr(link_tokens, "_VERSION", 0x20)
        token = KEYS.token(LINK)

    assert KEYS.read(token) is None


def test_another_key_reads_nothing() -> None:
    assert LinkKeys([b"the key of another server"]).read(KEYS.token(LINK)) is None


def test_links_of_a_key_that_was_rotated_out_of_use_still_work() -> None:
    rotated = LinkKeys([b"a new key", b"the key of this server"])

    assert rotated.read(KEYS.token(LINK)) == LINK
    assert rotated.token(LINK) == LinkKeys([b"a new key"]).token(LINK)
