"""What gives access is not stored with a delivery, whatever header or parameter carries it."""

import contextlib
from pathlib import Path

import pytest

from automator.engine.doctor.credentials import Credentials
from automator.engine.doctor.doctor import diagnose
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery
from automator.model.log_filters import EventFilter
from automator.plugins import Provider
from tests.support.providers import SECRET, a_provider, a_request
from tests.support.words import ENGLISH_WORDS
from tests.support.world import World, a_world

TOKEN = "token-of-the-till-0123456789"
RULES = """\
rules:
  - id: any
    trigger: {event: "*"}
    actions: [{log: "{{ event.type }}"}]
"""


def till(header: str = "x-till", **options: object) -> Provider:
    """A sender that proves itself with a token under a name of its own."""
    return a_provider(
        "generic", "till", verify={"token": TOKEN, "header": header}, signed="{body}", **options
    )


async def received(world: World, provider: Provider, request: InboundRequest) -> None:
    with contextlib.suppress(RejectedDelivery):
        await world.intake.receive(provider, request)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"x-till": TOKEN}, ""),
        ({"x-till": TOKEN, "authorization": "Bearer another-secret-text"}, ""),
        ({"x-till": TOKEN, "x-copied": TOKEN}, ""),
        ({"x-till": f"{TOKEN}-almost-right"}, ""),
        ({"x-till": TOKEN}, f"token={TOKEN}"),
        ({"x-till": TOKEN}, f"a=1&API%5Fkey={TOKEN}&b=2"),
        ({"x-till": TOKEN}, f"k={TOKEN.replace('-', '%2D')}"),
        ({"x-till": TOKEN}, "my_secret=another-secret-text"),
        ({"x-till": TOKEN}, "another-secret-text"),
        ({"x-till": TOKEN}, "=another-secret-text"),
        ({"x-till": TOKEN}, f"a=1&{TOKEN}"),
        ({"x-till": TOKEN}, f"{TOKEN.replace('-', '%2D')}&a=1"),
        ({"x-auth": "another-secret-text", "x-till": TOKEN}, ""),
    ],
)
async def test_no_token_of_a_sender_is_in_the_database(
    tmp_path: Path, headers: dict[str, str], query: str
) -> None:
    provider = till(headers=["x-till", "x-auth", "x-copied"])
    async with a_world(tmp_path, RULES, others={"till": provider}) as world:
        request = a_request(
            {"content-type": "application/json", **headers}, b'{"type": "sale"}', query=query
        )
        await received(world, provider, request)
        await world.settled()
        log = world.store.log
        written = [log.delivery(row.id) for row in log.deliveries()]
        events = [log.event(row.id) for row in log.events(EventFilter())]
    said = repr(written) + repr(events)

    assert "x-till" in said
    for secret in (TOKEN, "another-secret-text", TOKEN.replace("-", "%2D")):
        assert secret not in said


async def test_a_wrong_verify_token_is_not_kept_and_the_doctor_still_knows_it(
    tmp_path: Path,
) -> None:
    page = a_provider("facebook", "page")
    query = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={SECRET}"
    async with a_world(tmp_path, RULES, others={"page": page}) as world:
        await received(world, page, a_request((), b"", method="GET", query=query))
        (row,) = world.store.log.deliveries()
        delivery = world.store.log.delivery(row.id)
    assert delivery is not None
    said = diagnose(delivery, {"page": page}).render_text(ENGLISH_WORDS)

    assert SECRET not in delivery.query
    assert delivery.query.startswith("hub.mode=subscribe&hub.challenge=1&hub.verify_token=<redact")
    assert "carries app_secret (written in the file) of this connection where verify_token" in said


def test_what_proves_nothing_stays_readable() -> None:
    credentials = Credentials({"till": till()})
    headers = (("user-agent", "till/1"), ("idempotency-key", "abc"), ("x-hub-signature-256", "s"))
    query = "signature=abc&timestamp=1&nonce=2&openid=x&keyword=y&wsdl"

    assert credentials.headers_of("till", headers, describes=False) == headers
    assert credentials.query_of("till", query, describes=False) == query
