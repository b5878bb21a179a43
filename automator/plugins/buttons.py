"""Checks the buttons of a message against the platform's limits, before anything is sent."""

from collections.abc import Iterator, Mapping, Sequence

from automator.model import ButtonLimits, PermanentError, Reason, text_length
from automator.plugins.outgoing import Outgoing
from automator.plugins.provider import Provider
from automator.reasons.attempts.sending import (
    button_answer_too_long,
    button_text_too_long,
    button_title_too_long,
    link_stands_alone,
    no_buttons,
    too_many_buttons,
)


def button_faults(
    buttons: Sequence[Mapping[str, str]],
    limits: ButtonLimits,
    platform: str,
    *,
    text: str,
    is_card: bool,
) -> Iterator[Reason]:
    """Yields every reason why the platform would refuse the buttons of a message."""
    links = sum("url" in button for button in buttons)
    if len(buttons) > limits.most:
        yield too_many_buttons(platform=platform, most=limits.most)
    if limits.link_stands_alone and links and len(buttons) > 1:
        yield link_stands_alone(platform=platform)
    most = limits.card_text if is_card and limits.card_text is not None else limits.text
    if most is not None and len(text) > most:
        yield button_text_too_long(platform=platform, length=len(text), most=most)
    for button in buttons:
        title, answer = button.get("text", ""), button.get("payload", "")
        if len(title) > limits.title:
            yield button_title_too_long(platform=platform, title=title[:40], most=limits.title)
        if text_length(answer, limits.payload_unit) > limits.payload:
            yield button_answer_too_long(platform=platform, title=title[:40], most=limits.payload)


def require_buttons(outgoing: Outgoing, provider: Provider) -> None:
    """Checks that the platform of a provider accepts the buttons of a message.

    Raises:
        PermanentError: the platform has no buttons (code `not_possible`), or accepts only fewer or
            shorter buttons (code `too_much`).
    """
    policy = provider.policy
    if policy is None or policy.buttons is None:
        platform = policy.platform if policy else provider.title or provider.name
        raise PermanentError(no_buttons(platform=platform), code="not_possible")
    is_card = outgoing.card_picture is not None
    text, platform = outgoing.text, policy.platform
    for fault in button_faults(
        outgoing.buttons, policy.buttons, platform, text=text, is_card=is_card
    ):
        raise PermanentError(fault, code="too_much")
