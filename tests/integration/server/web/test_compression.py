"""Pages are compressed, and by their length nobody learns a secret that stands in them."""

import gzip
import re
from pathlib import Path

import pytest

from automator.server.web.templates import compressed
from tests.support.site import Site

GZIP = {"accept-encoding": "gzip, deflate, br"}
#: What a secret looks like: long, and made of letters and digits alone.
SECRETIVE = re.compile(r"[A-Za-z0-9_-]{24,}")
TOKEN = re.compile(r'name="csrf" content="([0-9a-f]+)"')


def token_in(page: str) -> str:
    found = TOKEN.search(page)
    assert found
    return found[1]


async def test_a_page_is_compressed_for_whoever_takes_it(site: Site) -> None:
    caller = await site.signed_in()

    plain = await caller.get("/rules")
    packed = await caller.get("/rules", headers=GZIP)

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body) / 3
    page = gzip.decompress(packed.body).decode()
    assert page.replace(token_in(page), token_in(plain.text)) == plain.text


async def test_only_pages_and_scripts_are_compressed(site: Site) -> None:
    hook = await site.caller().get("/hooks/demo-page", headers=GZIP)
    call = await site.program().get("/api/rules", headers=GZIP)

    assert "content-encoding" not in hook.headers
    assert "content-encoding" not in call.headers


async def test_each_answer_has_another_form_token_and_all_of_them_are_accepted(site: Site) -> None:
    caller = await site.signed_in()

    tokens = [token_in((await caller.get("/settings")).text) for _ in range(3)]
    said = (await caller.get("/session")).json()["csrf"]

    halves = [part for one in (*tokens, said) for part in (one[:32], one[32:])]
    assert len(set(halves)) == len(halves)
    for token in (*tokens, said):
        assert (await caller.post("/theme", {"csrf": token, "theme": "dark"})).status == 303


@pytest.mark.parametrize("change", ["other mask", "other token", "short", "empty", "of another"])
async def test_a_form_token_that_is_not_of_this_session_is_refused(site: Site, change: str) -> None:
    caller = await site.signed_in()
    token = token_in((await caller.get("/settings")).text)
    other = token_in((await (await site.signed_in()).get("/settings")).text)
    given = {
        "other mask": other[:32] + token[32:],
        "other token": token[:32] + other[32:],
        "short": token[:30] + token[32:62],
        "empty": "",
        "of another": other,
    }[change]

    assert (await caller.post("/sending/pause", {"csrf": given})).status == 403


@pytest.mark.parametrize("address", ["/find?q={}", "/log?text={}", "/rules/gallery?q={}"])
async def test_a_page_that_repeats_a_text_of_its_address_has_no_lasting_secret(
    site: Site, address: str
) -> None:
    caller = await site.signed_in()
    text = "w0rd-of-a-stranger"

    pages = [(await caller.get(address.format(text))).text for _ in range(2)]
    as_seen_by_others = (await (await site.signed_in()).get(address.format(text))).text

    assert text in pages[0]
    lasting, known = (set(SECRETIVE.findall(page)) for page in (pages[0], as_seen_by_others))
    assert lasting & set(SECRETIVE.findall(pages[1])) - known == set()
    secrets = (*caller.cookies.values(), site.services.control_token)
    assert not any(secret in page for page in pages for secret in secrets)


def test_the_length_of_a_compressed_page_varies_by_chance() -> None:
    content = Path(__file__).read_bytes()

    lengths = {len(compressed(content)) for _ in range(50)}

    assert len(lengths) > 10
    assert gzip.decompress(compressed(content)) == content
