from typing import Any

import pytest

from automator.model.own_events import ABOUT_SERVER
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.server.shared.sample_paths import sample_paths
from tests.support.providers import ALL_PROVIDERS, ED25519_KEY, OPTIONS, SECRET, a_provider


def test_the_samples_say_what_events_have() -> None:
    paths = sample_paths({"page": a_provider("facebook")})["comment.created"]

    assert {"event.text", "event.actor.name", "event.post.id"} <= paths
    assert "event.actor.nmae" not in paths


def test_what_a_sample_leaves_empty_may_have_anything_below() -> None:
    paths = sample_paths({"page": a_provider("facebook")})["comment.created"]

    assert all(path.removesuffix(".*") in paths for path in paths if path.endswith(".*"))


def test_senders_of_any_shape_say_nothing() -> None:
    assert set(sample_paths({"orders": a_provider("generic")})) == {
        *ABOUT_SERVER,
        "link.clicked",
        "schedule.contact",
        "schedule.fired",
    }


def test_what_schedules_say_is_known_without_any_connection() -> None:
    paths = sample_paths({})["schedule.fired"]

    assert "event.data.scheduled_at" in paths
    assert "event.data.shceduled_at" not in paths


def with_references(value: Any) -> Any:
    """Options with every secret replaced by the name of a variable that is not set."""
    if isinstance(value, dict):
        return {key: with_references(item) for key, item in value.items()}
    is_secret = isinstance(value, str) and (
        value in (SECRET, ED25519_KEY) or value.endswith("-of-tests")
    )
    return "env:NOT_SET_ANYWHERE" if is_secret else value


def without_secrets(name: str) -> Provider:
    provider = BUILTIN[name]
    written = {"provider": name, **with_references(OPTIONS[name])}
    options = provider.options_model.model_validate(written, context={"resolve_secrets": False})
    return provider("shop", options)


@pytest.mark.parametrize("name", ALL_PROVIDERS)
def test_secrets_that_were_not_read_change_nothing_about_the_paths(name: str) -> None:
    assert sample_paths({"shop": without_secrets(name)}) == sample_paths({"shop": a_provider(name)})


def test_the_text_of_a_post_is_a_path_of_events_that_only_name_the_post() -> None:
    for kind in ("facebook", "instagram"):
        paths = sample_paths({"shop": a_provider(kind)})
        assert "event.post.message" in paths["comment.created"]
        assert "event.post.message" not in paths["message.received"]


@pytest.mark.parametrize("kind", ["shopify", "stripe"])
def test_the_own_objects_of_a_shop_have_more_than_its_samples_and_the_event_has_not(
    kind: str,
) -> None:
    paths = sample_paths({"shop": a_provider(kind)})
    own = {name: found for name, found in paths.items() if name.startswith(f"{kind}.")}

    assert own
    for found in own.values():
        assert "event.data.*" in found
        assert {"event.total_price", "event.amount", "event.*"}.isdisjoint(found)
