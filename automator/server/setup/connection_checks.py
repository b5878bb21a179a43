"""Checks the requirements of a connection, and finds its troubles, for its page."""

import asyncio

from automator.model import N_, Reason, Verdict, record
from automator.model.log_filters import DeliveryFilter, EventFilter
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.server.setup.connection_fields import answers_with
from automator.server.web.attention import REFUSED_ACCESS
from automator.server.web.services import Services


@record(kw_only=False)
class Check:
    """A requirement of a connection, and whether it is met; or a trouble, which is not good."""

    is_good: bool
    says: str
    link: str = ""
    reason: Reason | None = None
    #: The text of `link`.
    goes_to: str = N_("Look there")


async def checks_for(services: Services, provider: Provider, trouble: Reason | None) -> list[Check]:
    """Checks the requirements of a connection, in the order of setting it up, and its troubles.

    `trouble` is the reason why nothing can be answered through it, if there is one.
    """
    name = provider.connection
    log = services.store.log
    events = await asyncio.to_thread(log.events, EventFilter(connection=name), limit=1)
    rejected = DeliveryFilter(verdict=Verdict.REJECTED, connection=name)
    refused = await asyncio.to_thread(log.deliveries, rejected, limit=1)
    found = _needs(services, provider, has_events=bool(events))
    if refused and (not events or refused[0].id > events[0].id):
        says, link = N_("The last delivery was refused:"), f"/deliveries?connection={name}"
        found.insert(1, Check(False, says, link, refused[0].reason))
    if trouble is not None:
        refused_runs = f"/log?connection={name}&error_code={REFUSED_ACCESS}"
        link = refused_runs if trouble.code == REFUSED_ACCESS else f"/log?connection={name}"
        found.append(Check(False, "", link, trouble))
    states = {state.connection: state for state in await services.watchdog.states()}
    warnings = states[name].warnings() if name in states else []
    return [*found, *(Check(False, "", "", warning) for warning in warnings)]


def _needs(services: Services, provider: Provider, *, has_events: bool) -> list[Check]:
    name = provider.connection
    is_outside = services.has_https_address
    token = answers_with(BUILTIN[provider.name])
    can_answer = not token or getattr(provider.options, token, None) is not None
    can_answer = can_answer or any(item.can_answer for item in provider.accounts)
    rules = (rule.spec for rule in services.rulebook.active.rule_set.rules)
    is_heard = any(rule.enabled and rule.trigger.hears(name) for rule in rules)
    return [
        Check(
            is_outside,
            N_("This server has an https address for the internet (public_url).")
            if is_outside
            else N_("This server has no https address yet at which the internet reaches it."),
            "/connections#public-url",
            goes_to=N_("Give its https address first"),
        ),
        Check(
            has_events,
            N_("An event has arrived.") if has_events else N_("No event has arrived yet."),
        ),
        Check(
            can_answer,
            N_("It has the token with which it answers.")
            if can_answer
            else N_("It lacks the token with which it answers."),
        ),
        Check(
            is_heard,
            N_("A rule listens to it.") if is_heard else N_("No rule listens to it yet."),
            "/rules/gallery",
            goes_to=N_("Choose from the gallery"),
        ),
    ]
