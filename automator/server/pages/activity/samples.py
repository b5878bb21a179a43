"""The pages of samples: events that a person has kept, and the rules in force that match each."""

import asyncio
from typing import Any

from automator.clock import iso_time
from automator.model import N_, NotFoundError, format_id
from automator.rules import EventFacts, RuleSet, as_json, body_scope
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.shared.events import event_detail
from automator.store import TinyDB

_SAMPLES = "samples"

Sample = dict[str, Any]


async def save_sample(context: RequestContext) -> Response:
    """The button that keeps an event as a sample, which stays when the event is deleted."""
    event_id = context.id_in_path()
    event = (await event_detail(context.services, event_id)).event
    sample = {
        "id": format_id(event_id),
        "connection": event.connection,
        "provider": event.provider,
        "type": event.type,
        "event": dict(event.body),
        "saved_at": context.now_ms,
        "saved_by": context.actor.name,
    }

    def write(documents: TinyDB) -> None:
        documents.remove(lambda known: known["id"] == sample["id"])
        documents.insert(sample)

    await context.services.store.documents.edit(_SAMPLES, write)
    return see_other(f"/events/{format_id(event_id)}?saved=1")


async def show_samples(context: RequestContext) -> Response:
    """All samples, the newest first, each with the rules that match it now."""
    rule_set = context.services.rulebook.active.rule_set
    found = await _samples(context.services)
    matching = await asyncio.to_thread(
        lambda: {sample["id"]: _matching(rule_set, sample) for sample in found}
    )
    return render(context, "samples.html", samples=found, matching=matching)


async def show_sample(context: RequestContext) -> Response:
    """One sample: its content, and why each rule matches it now or does not."""
    sample = await _sample(context)
    active = context.services.rulebook.active
    why = await asyncio.to_thread(_why, active.rule_set, sample)
    return render(context, "sample.html", sample=sample, why=why, revision=active.revision)


async def delete_sample(context: RequestContext) -> Response:
    """Deletes a sample, but not its event."""
    sample = await _sample(context)
    await context.services.store.documents.edit(
        _SAMPLES, lambda documents: documents.remove(lambda known: known["id"] == sample["id"])
    )
    return see_other("/samples")


async def is_sample(services: Services, event_id: int) -> bool:
    """Whether an event is kept as a sample."""
    wanted = format_id(event_id)
    return any(sample["id"] == wanted for sample in await _samples(services))


async def _samples(services: Services) -> list[Sample]:
    found: list[Sample] = await services.store.documents.read(
        _SAMPLES, lambda documents: [dict(sample) for sample in documents.all()]
    )
    return found[::-1]


async def _sample(context: RequestContext) -> Sample:
    """The sample that the address names.

    Raises:
        NotFoundError: there is no such sample.
    """
    wanted = format_id(context.id_in_path())
    for sample in await _samples(context.services):
        if sample["id"] == wanted:
            return sample
    raise NotFoundError(
        N_("there is no sample {id}"), fix=N_("It may have been deleted since."), id=wanted
    )


def _scope(sample: Sample) -> dict[str, Any]:
    """The scope in which rules are evaluated; without contact: the person may have been erased."""
    now = sample["event"].get("received_at") or iso_time(sample["saved_at"])
    return body_scope(sample["event"], _facts(sample), {}, now)


def _facts(sample: Sample) -> EventFacts:
    return EventFacts.of_body(sample["event"], sample["connection"])


def _matching(rule_set: RuleSet, sample: Sample) -> list[str]:
    """The names of the rules that would act on the sample at the time when it was saved."""
    decisions = rule_set.decide(_scope(sample), sample["saved_at"], _facts(sample))
    # A decision with `instead_of` counts only if a limit holds back the decision that it replaces.
    specs = [item.rule.spec for item in decisions if item.instead_of is None]
    return [spec.name or spec.id for spec in specs]


def _why(rule_set: RuleSet, sample: Sample) -> dict[str, Any]:
    rules = sorted(
        rule_set.explain(_scope(sample), sample["saved_at"], _facts(sample)),
        key=lambda explanation: not explanation.matched,
    )
    return {"rules": [{**as_json(explanation), "notes": []} for explanation in rules]}
