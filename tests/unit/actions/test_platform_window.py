"""What a platform is known to refuse is not asked for."""

import contextlib
from typing import Any, ClassVar

import pytest

from automator.actions.speaking import require_length
from automator.clock import iso_time
from automator.model import DAY_MS, MessagingPolicy, PermanentError, SkippedStep
from automator.model.messaging_policy import MINUTE_MS
from automator.plugins import Outgoing
from tests.support.providers import a_provider
from tests.support.steps import EVENT, NOW_MS, RecordingProvider, StepBench
from tests.support.words import raises_saying

TEMPLATE = {"template": {"name": "ready", "language": "vi"}}


class StrictPlatform(RecordingProvider):
    policy: ClassVar[MessagingPolicy | None] = MessagingPolicy(
        platform="Chat", message_ms=DAY_MS, private_reply_ms=7 * DAY_MS, templates_anytime=True
    )


def bench(*, heard_ms_ago: int | None, commented_ms_ago: int = 0) -> StepBench:
    contact: dict[str, Any] = {}
    if heard_ms_ago is not None:
        contact["window_opened_at"] = iso_time(NOW_MS - heard_ms_ago)
    event = {**EVENT, "occurred_at": iso_time(NOW_MS - commented_ms_ago)}
    return StepBench(provider=StrictPlatform(), contact=contact, event=event)


@pytest.mark.parametrize("heard_ms_ago", [0, DAY_MS, None])
async def test_a_message_goes_out_within_the_window_and_where_nothing_is_known(
    heard_ms_ago: int | None,
) -> None:
    one = bench(heard_ms_ago=heard_ms_ago)

    await one.run("message", "chào")

    assert len(one.provider.said) == 1


async def test_a_message_after_the_window_is_neither_sent_nor_counted() -> None:
    one = bench(heard_ms_ago=DAY_MS + 1)

    with raises_saying(SkippedStep, r"last heard of on 2026-\S+ \S+ UTC, and Chat") as late:
        await one.run("message", "chào")

    assert (late.value.code, one.provider.said, one.asked) == ("outside_window", [], [])


async def test_a_template_goes_out_at_any_time_where_the_platform_says_so() -> None:
    one = bench(heard_ms_ago=30 * DAY_MS)

    await one.run("message", TEMPLATE)

    assert len(one.provider.said) == 1


async def test_a_public_reply_and_a_message_to_somebody_else_have_no_window() -> None:
    one = bench(heard_ms_ago=30 * DAY_MS)

    await one.run("reply", "chào")
    await one.run("message", {"text": "chào", "to": "somebody-else"})

    assert len(one.provider.said) == 2


@pytest.mark.parametrize(("age_ms", "goes_out"), [(7 * DAY_MS, True), (7 * DAY_MS + 1, False)])
async def test_a_private_reply_goes_out_as_long_as_the_comment_is_young(
    age_ms: int, goes_out: bool
) -> None:
    one = bench(heard_ms_ago=30 * DAY_MS, commented_ms_ago=age_ms)

    if goes_out:
        await one.run("private_reply", "chào")
    else:
        with raises_saying(SkippedStep, "7 d after it"):
            await one.run("private_reply", "chào")

    assert len(one.provider.said) == goes_out


class QuickPlatform(RecordingProvider):
    policy: ClassVar[MessagingPolicy | None] = MessagingPolicy(
        platform="Chat", reply_ms=15 * MINUTE_MS
    )


@pytest.mark.parametrize("minutes", [0, 15])
async def test_an_event_is_answered_as_long_as_the_platform_takes_it(minutes: int) -> None:
    event = {**EVENT, "occurred_at": iso_time(NOW_MS - minutes * MINUTE_MS)}
    one = StepBench(provider=QuickPlatform(), event=event)

    await one.run("reply", "chào")

    assert len(one.provider.said) == 1


async def test_an_answer_that_comes_too_late_is_skipped_and_a_message_is_not() -> None:
    event = {**EVENT, "occurred_at": iso_time(NOW_MS - 15 * MINUTE_MS - 1)}
    one = StepBench(provider=QuickPlatform(), event=event)

    with raises_saying(SkippedStep, "no reply more than 15 min after it") as late:
        await one.run("reply", "chào")
    await one.run("message", "chào")

    assert (late.value.code, len(one.provider.said)) == ("outside_window", 1)


class BriefPlatform(RecordingProvider):
    policy: ClassVar[MessagingPolicy | None] = MessagingPolicy(
        platform="Chat", message_length=5, comment_length=8
    )


@pytest.mark.parametrize(("action", "length"), [("message", 6), ("reply", 9)])
async def test_a_text_longer_than_the_platform_takes_is_neither_sent_nor_counted(
    action: str, length: int
) -> None:
    one = StepBench(provider=BriefPlatform())

    with raises_saying(PermanentError, rf"has {length} characters; Chat takes") as long:
        await one.run(action, "x" * length)

    assert (long.value.code, one.provider.said, one.asked) == ("too_much", [], [])


@pytest.mark.parametrize(("action", "length"), [("message", 5), ("reply", 8)])
async def test_the_longest_text_that_the_platform_takes_is_sent(action: str, length: int) -> None:
    one = StepBench(provider=BriefPlatform())

    await one.run(action, "x" * length)

    assert len(one.provider.said) == 1


@pytest.mark.parametrize(
    ("template", "sent"),
    [({"name": "ready", "language": "vi"}, 1), ({"template_type": "button", "text": "a"}, 0)],
)
async def test_only_an_approved_template_goes_out_at_any_time_where_others_are_forms(
    template: dict[str, str], sent: int
) -> None:
    class Messenger(StrictPlatform):
        policy = MessagingPolicy(
            platform="Chat", message_ms=DAY_MS, templates_anytime=True, approved_has="name"
        )

    late = {"window_opened_at": iso_time(NOW_MS - 30 * DAY_MS)}
    one = StepBench(provider=Messenger(), contact=late, event=EVENT)
    with contextlib.suppress(SkippedStep):
        await one.run("message", {"template": template})

    assert len(one.provider.said) == sent


@pytest.mark.parametrize(
    ("platform", "most", "over", "said"),
    [
        ("instagram", "ạ" * 333 + "a", "ạ" * 333 + "aa", "1,001 bytes.*takes 1,000"),
        ("instagram", "😀" * 250, "😀" * 251, "1,004 bytes"),
        ("facebook", "ạ" * 2_000, "ạ" * 2_001, "2,001 characters"),
        ("whatsapp", "😀" * 4_096, "😀" * 4_097, "4,097 characters"),
        ("zalo", "ạ" * 2_000, "ạ" * 2_001, "2,001 characters"),
        ("discord", "😀" * 2_000, "😀" * 2_001, "2,001 characters"),
        ("telegram", "😀" * 2_048, "😀" * 2_049, "4,098 characters"),
        ("line", "😀" * 2_500, "ạ" * 5_001, "5,001 characters"),
    ],
)
def test_a_text_is_as_long_as_its_platform_counts(
    platform: str, most: str, over: str, said: str
) -> None:
    policy = a_provider(platform).policy
    assert policy is not None

    def check(text: str) -> None:
        outgoing = Outgoing(kind="message", event={}, text=text)
        require_length(policy, outgoing, is_private=True)

    check(most)
    with raises_saying(PermanentError, said):
        check(over)
