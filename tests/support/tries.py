"""Tries for tests: one event, one rule file, and the parts that a server would give."""

from collections.abc import Mapping
from typing import Any

from automator.actions import builtin_actions
from automator.clock import SystemClock
from automator.configuration.secrets import Secret
from automator.configuration.settings import Budgets, Settings
from automator.configuration.target import Target
from automator.configuration.time_intervals import TimeInterval
from automator.engine.attempts.recording import Redactor
from automator.engine.composition import all_secrets
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.tryout.trial_events import events_in
from automator.engine.tryout.trial_result import Trial, TriedRun
from automator.engine.tryout.tryout import LimitsOf, Parts, Subject, try_event
from automator.http.types import InboundRequest
from automator.model import Event
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_request
from automator.rules import RuleContext, RuleSet, load_rules
from tests.support.providers import NOW_MS, a_provider
from tests.support.words import rendered

PAGE = "shop-page"


def parts_of(
    *connections: Provider,
    targets: Mapping[str, Target] | None = None,
    notify: Mapping[str, Secret] | None = None,
) -> Parts:
    """The parts that tries need, with these connections."""
    return Parts(
        actions=builtin_actions(),
        connections={item.connection: item for item in connections},
        targets=targets or {},
        notify=notify or {},
        redactor=Redactor(
            all_secrets(
                {item.connection: item for item in connections}, Settings(notify=notify or {})
            )
        ),
        budgets=Budgets(),
        links=TrackedLinks("https://bot.example"),
        clock=SystemClock(),
    )


def rules_of(
    parts: Parts,
    text: str,
    *,
    intervals: Mapping[str, TimeInterval] | None = None,
    **variables: Any,
) -> RuleSet:
    """The rule set of a file without errors."""
    rule_context = RuleContext(
        actions=parts.actions,
        connections={name: item.name for name, item in parts.connections.items()},
        vars=variables,
        time_intervals=intervals or {},
    )
    loaded = load_rules(rule_context, {"rules.yaml": text})
    assert not loaded.refused, rendered(loaded.problems)
    return loaded.rule_set


def sample_event(provider: Provider, name: str, **changes: Any) -> Event:
    """The event of a sample, as the connection reads it."""
    sample = build_sample(name, serial=1, now_ms=NOW_MS, **changes)
    headers, body = signed_request(provider, sample, NOW_MS, name)
    request = InboundRequest("POST", "", tuple(headers.items()), body, NOW_MS)
    return events_in(provider, request)[0][0]


def tried(
    text: str,
    *,
    sample: str = "facebook/comment.created",
    said: str | None = None,
    contact: Mapping[str, Any] | None = None,
    at: int = NOW_MS,
    answers: Mapping[str, Any] | None = None,
    limits_of: LimitsOf | None = None,
    intervals: Mapping[str, TimeInterval] | None = None,
    targets: Mapping[str, Target] | None = None,
    notify: Mapping[str, Secret] | None = None,
    **variables: Any,
) -> Trial:
    """A rule file, tried on a sample of the provider that the sample names."""
    provider = a_provider(sample.partition("/")[0], PAGE)
    parts = parts_of(provider, targets=targets, notify=notify)
    rules = rules_of(parts, text, intervals=intervals, **variables)
    event = sample_event(provider, sample, **({} if said is None else {"text": said}))
    subject = Subject(event=event, at=at, contact=contact or {}, answers=answers or {})
    return try_event(parts, rules, subject, limits_of)


def texts_of(runs: tuple[TriedRun, ...]) -> list[str]:
    """The texts that would be sent, in order."""
    return [text for run in runs for text in run.texts]
