"""All events of a delivery are read in one go, and so no more than a sender ever puts into one."""

import json
from typing import Any

import pytest

from automator.model import UnparsableDelivery
from automator.providers.shared import envelope
from automator.providers.shared.envelope import MOST_EVENTS
from automator.reasons.bodies import too_many_events
from tests.support.providers import a_provider, a_request

#: Still below the number of values that a body may have.
_MANY = [1] * (9 * MOST_EVENTS)
_BODIES: dict[str, Any] = {
    "facebook": {"object": "page", "entry": [{"id": "1", "changes": _MANY}]},
    "instagram": {"object": "instagram", "entry": _MANY},
    "line": {"events": _MANY},
    "x": {"for_user_id": "1", "tweet_create_events": _MANY},
    "dropbox": {"list_folder": {"accounts": [str(one) for one in range(len(_MANY))]}},
}


@pytest.mark.parametrize(
    ("provider", "content_type", "options", "item"),
    [
        (
            "cloudevents",
            "application/cloudevents-batch+json",
            {},
            {"specversion": "1.0", "source": "s", "type": "order.paid"},
        ),
        ("generic", "application/json", {"split": "body"}, {}),
    ],
)
def test_a_list_of_events_is_read_whole_up_to_the_bound_of_all_deliveries(
    provider: str, content_type: str, options: dict[str, Any], item: dict[str, Any]
) -> None:
    def read(count: int) -> int:
        items = [{**item, "id": str(number)} for number in range(count)]
        request = a_request({"content-type": content_type}, json.dumps(items).encode())
        return len(a_provider(provider, **options).parse(request))

    assert [read(count) for count in (1_001, MOST_EVENTS)] == [1_001, MOST_EVENTS]
    with pytest.raises(UnparsableDelivery) as caught:
        read(MOST_EVENTS + 1)

    assert caught.value.reason == too_many_events(limit=MOST_EVENTS)


@pytest.mark.parametrize("kind", _BODIES)
def test_reading_ends_behind_the_last_event_that_a_delivery_may_have(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = envelope.ParsedEvent, 0

    def counted(**fields: Any) -> Any:
        nonlocal made
        made += 1
        return make(**fields)

    monkeypatch.setattr(envelope, "ParsedEvent", counted)
    request = a_request({"content-type": "application/json"}, json.dumps(_BODIES[kind]).encode())

    with pytest.raises(UnparsableDelivery) as caught:
        a_provider(kind).parse(request)

    assert caught.value.reason == too_many_events(limit=MOST_EVENTS)
    assert made == MOST_EVENTS
