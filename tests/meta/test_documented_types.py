"""The types of events that the reference names are those that providers make of their samples."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from automator.providers.simulator import build_sample, sample_names, signed_query, signed_request
from tests.support.providers import ALL_PROVIDERS, NOW_MS, a_provider, a_request

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
#: What a sender of these names its events is its own affair.
OF_ANY_SENDER = frozenset({"generic", "standard_webhooks", "cloudevents"})
#: What a connection may say so that its samples become something else as well.
OTHER_OPTIONS: Mapping[str, Mapping[str, Any]] = {"whatsapp": {"phone_number_id": "1"}}
_CODE = re.compile(r"`([^`\n]+)`")
_TYPE = re.compile(r"[a-z_]+(?:\.[a-z0-9_]+)+")
_LIST = re.compile(r"^A type is the same for every provider.*?(?=^Anything else)", re.M | re.S)


def named_in(text: str) -> set[str]:
    """Whatever in the text is written as code and has the form of a type."""
    return {name for name in _CODE.findall(text) if _TYPE.fullmatch(name)}


@cache
def sections() -> Mapping[str, str]:
    """What `providers.md` says of each provider."""
    text = (REFERENCE / "providers.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (\w+)\n", text, flags=re.M)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@cache
def shared_types() -> frozenset[str]:
    """The types that `rule-files.md` calls the same for every provider."""
    text = (REFERENCE / "rule-files.md").read_text(encoding="utf-8")
    found = _LIST.search(text)
    assert found is not None
    return frozenset(named_in(found[0]))


@cache
def made_types() -> Mapping[str, set[str]]:
    """The types of the events that each provider makes of its samples."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in sample_names():
        kind = name.partition("/")[0]
        for options in ({}, OTHER_OPTIONS.get(kind, {})):
            provider = a_provider(kind, **options)
            sample = build_sample(name, serial=0, now_ms=NOW_MS)
            headers, _ = signed_request(provider, sample, NOW_MS, "delivery-0")
            query = signed_query(provider, sample, NOW_MS, "delivery-0")
            # The sample as it is, and not made to be of the account that the options name.
            events = provider.parse(a_request(headers, sample.body, query=query))
            found[kind] |= {event.type for event in events}
    return found


def own_or_shared(provider: str, types: set[str]) -> set[str]:
    return {name for name in types if name in shared_types() or name.startswith(f"{provider}.")}


def test_the_types_that_are_called_shared_are_those_that_providers_share() -> None:
    made = {
        name
        for provider, types in made_types().items()
        if provider not in OF_ANY_SENDER
        for name in types
        if not name.startswith(f"{provider}.")
    }

    assert made == shared_types()


def test_every_provider_has_a_section() -> None:
    assert set(sections()) == set(ALL_PROVIDERS)


@pytest.mark.parametrize("provider", sorted(set(ALL_PROVIDERS) - OF_ANY_SENDER))
def test_every_type_that_a_section_names_is_made_of_a_sample(provider: str) -> None:
    named = own_or_shared(provider, named_in(sections()[provider]))

    assert named - made_types()[provider] == set()


@pytest.mark.parametrize("provider", sorted(set(ALL_PROVIDERS) - OF_ANY_SENDER))
def test_every_shared_type_that_a_provider_makes_is_named_in_its_section(provider: str) -> None:
    made = made_types()[provider] & shared_types()

    assert made - named_in(sections()[provider]) == set()
