"""The API keeps the contract that its description makes, whoever calls it and with whatever."""

from collections.abc import Mapping

import pytest

from automator.server.access.tokens import create_token
from automator.server.web.security import Role
from tests.support.api_contract import Contract
from tests.support.site import Site

pytestmark = [pytest.mark.long, pytest.mark.property]


async def _known(site: Site) -> Mapping[str, str]:
    """Names of things that are there, by the first word of a path and the name in it."""
    event, run = await site.event()
    services = site.services
    token, _ = await create_token(
        services.store, name="spare", role=Role.VIEWER, now_ms=services.clock.now_ms()
    )
    replay = await site.program().json("POST", "/api/replays", {"filters": {"run": run}})
    return {
        "runs.id": run,
        "approvals.id": run,
        "events.id": event,
        "deliveries.id": "last",
        "replays.id": replay.json()["id"],
        "inbox.kind": "messages",
        "inbox.connection": "demo-page",
        "inbox.id": "6840000000000213",
        "ready-answers.title": "Ship",
        "contacts.connection": "demo-page",
        "contacts.id": "6840000000000213",
        "contacts.note": "x",
        "contact-data.connection": "demo-page",
        "contact-data.id": "6840000000000213",
        "targets.name": "demo-target",
        "connections.name": "demo-page",
        "rules.file": "prices.yaml",
        "shadow.file": "prices.yaml",
        "audiences.rule": "price-question",
        "funnels.rule": "price-question",
        "promotions.rule": "price-question",
        "accounts.name": "owner",
        "tokens.id": token.id,
    }


@pytest.mark.parametrize("wrongly", [False, True])
async def test_answers_are_as_declared_to_whatever_is_asked(site: Site, wrongly: bool) -> None:
    known, contract = await _known(site), await Contract.of(site)

    breaches = await contract.keep(site.program(), known, wrongly=wrongly)

    assert breaches == []
