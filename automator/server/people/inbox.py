"""The inbox for pages and API: filters, the nearest reason for silence, and colleagues' marks."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from automator.clock import iso_time
from automator.engine.explanation.event_explanation import EventExplanation
from automator.engine.explanation.why import explain_event
from automator.engine.figures.inbox import WANTED, InboxFilter, Line
from automator.language import Translator
from automator.model import N_, ConflictError, NotFoundError, Reason, UsageError, format_id, record
from automator.model.log_filters import EventFilter
from automator.model.run import BY_HAND
from automator.reasons.explanations import disabled
from automator.rules import ConditionExplanation, RuleExplanation
from automator.server.access.bodies import Body
from automator.server.answer_types.people import InboxLineJson, LineKind, MarkWord
from automator.server.http.parameters import Parameter, texts
from automator.server.shared.contacts import address_of, assignee_of
from automator.server.web.request_context import RequestContext
from automator.server.web.rule_words import condition_words

#: The filters of the inbox.
INBOX_FILTERS = (*texts(("connection", "assignee", "q")), Parameter(name="state", words=WANTED[1:]))
#: The word of the filter `assignee` for the reader's own account.
_ME = "me"
#: How many reasons are looked for in one request in any case, and for how many seconds further
#: ones; each is kept afterwards.
_FEWEST, _LONGEST_S = 3, 0.06
_NEAREST_BYTES = 600
#: In how many of a person's newest events their newest line is looked for.
_NEWEST = 30
#: The kinds of lines in addresses, with the sign in the keys of such lines.
_SIGNS: Mapping[LineKind, str] = {"messages": ":", "comments": "#"}

logger = logging.getLogger(__name__)


class MarkBody(Body):
    """The note of a colleague about a line of the inbox; `open` takes it back."""

    example: ClassVar[Mapping[str, Any]] = {"state": "done"}
    state: MarkWord


@record
class Nearest:
    """The rule that came nearest to answering a line, and what kept it from that."""

    rule: str = ""
    name: str = ""
    reason: Reason | None = None
    #: The condition that did not hold.
    condition: ConditionExplanation | None = None
    #: How many rules listen, if none of them is nearer than the others.
    listening: int = 0

    def rule_in_words(self, _: Translator) -> str:
        """The rule that is to answer, with what it waits for; of a message by hand only that."""
        rule = self.name or self.rule
        if self.rule == BY_HAND:
            return _.say(self.reason) if self.reason else ""
        if self.reason is None:
            return rule
        return _(N_("{rule}: {reason}"), rule=rule, reason=_.say(self.reason))

    def in_words(self, _: Translator) -> str:
        """The reason in the words of a shop, without code."""
        condition = self.condition
        said = condition and (condition.name or condition_words(condition.text, _))
        is_off = self.reason is not None and self.reason.code == disabled.code
        if self.listening:
            text = N_("none of the {count} rules that listen fits")
        elif not self.rule:
            text = N_("no rule listens to it")
        elif said:
            text = N_("{rule} answers only if {condition}")
        elif condition is not None:
            text = N_("{rule} does not fit")
        elif is_off:
            text = N_("{rule} is switched off")
        elif self.reason is None and self.rule != BY_HAND:
            text = N_("{rule} has sent nothing")
        else:
            return self.rule_in_words(_)
        return _(text, rule=self.name or self.rule, condition=said, count=self.listening)


def inbox_filter(context: RequestContext) -> InboxFilter:
    """The filter of the inbox that an address names.

    Raises:
        UsageError: `state` is not one of its words.
    """
    given = context.query("state")
    state = next((word for word in WANTED if word == given), None)
    if state is None:
        raise UsageError(
            N_("state={value} is no filter of the inbox"),
            fix=N_("Write {words}, or leave it out."),
            value=given,
            words=" or ".join(WANTED[1:]),
        )
    assignee = context.query("assignee")
    return InboxFilter(
        connection=context.query("connection"),
        state=state,
        assignee=(context.actor.account or "-") if assignee == _ME else assignee,
        text=context.query("q"),
    )


async def nearest_reasons(context: RequestContext, lines: Sequence[Line]) -> dict[str, Nearest]:
    """For unanswered lines: the rule that came nearest, by the key of the line.

    Few are looked for at a time, so a line may lack a reason until the page is shown again.
    """
    kept, found = context.services.inbox.nearest, {}
    rules = context.services.rulebook.active.rule_set.rules
    quiet = {rule.spec.id for rule in rules if not rule.answers}
    often = Counter(line.reply.rule for line in lines if line.reply)
    deadline, looked_for = time.monotonic() + _LONGEST_S, 0
    for line in lines:
        if line.state not in ("unanswered", "planned"):
            continue
        row = line.unsent or next((run for run in line.runs if not run.run.is_shadow), None)
        if row is not None:
            reason = row.run.unsent_because or row.last_summary
            name = await asyncio.to_thread(context.services.name_of_rule_of, row.run)
            found[line.thread] = Nearest(rule=row.run.rule, name=name, reason=reason)
            continue
        known = kept.get(line.asked.id)
        if known is None and (looked_for < _FEWEST or time.monotonic() < deadline):
            looked_for += 1
            try:
                explained = await explain_event(context.log, context.revisions, line.asked.id)
            except NotFoundError:
                continue
            known = _nearest(explained, quiet, often)
            kept.put(line.asked.id, known, _NEAREST_BYTES)
        if known is not None:
            found[line.thread] = known
    return found


def _nearest(
    explained: EventExplanation, quiet: Collection[str], often: Mapping[str, int]
) -> Nearest:
    """The rule that came nearest, without the `quiet` rules, which answer nobody.

    Of rules that are equally near, it is the one that answers most: `often` has their answers. If
    several are equally near and none of them answers, it is none of them.
    """
    heard = [
        rule.explanation
        for rule in explained.rules
        if rule.explanation.rule not in quiet
        and (rule.explanation.conditions or rule.explanation.matched)
    ]
    if not heard:
        return Nearest()

    def distance(rule: RuleExplanation) -> tuple[int, int]:
        return sum(not one.holds for one in rule.conditions), -often.get(rule.rule, 0)

    near = sorted(heard, key=distance)
    rule = near[0]
    if near[1:] and distance(rule) == distance(near[1]) and rule.rule not in often:
        return Nearest(listening=len(heard))
    failing = next((one for one in rule.conditions if not one.holds), None)
    reason = None if rule.matched else rule.decided_by
    return Nearest(rule=rule.rule, name=rule.name, reason=reason, condition=failing)


async def line_in_path(context: RequestContext) -> Line:
    """The line that the address names.

    Raises:
        NotFoundError: nobody has written there.
    """
    given = context.path("kind")
    sign = next((sign for kind, sign in _SIGNS.items() if kind == given), "")
    thread = f"{context.path('connection')}{sign}{context.path('id')}"
    line = await asyncio.to_thread(context.services.inbox.line, thread) if sign else None
    if line is None:
        raise NotFoundError(
            N_("the inbox has nothing of {id} at {connection}"),
            fix=N_("Look at the inbox again: what is old is deleted there as well."),
            id=context.path("id"),
            connection=context.path("connection"),
        )
    return line


async def mark_in_path(context: RequestContext, state: MarkWord, event_id: int | None) -> Line:
    """Notes that the line in the address is done, waits, or is open again.

    `event_id`: the person's newest event that the author of the note has seen.

    Raises:
        NotFoundError: nobody has written there.
        ConflictError: the person has written again meanwhile.
    """
    line = await line_in_path(context)
    if event_id is not None and event_id != line.latest.id:
        raise ConflictError(
            N_("{name} has written again meanwhile"),
            fix=N_("Read it first; then it can be marked."),
            name=line.name,
        )
    services, who = context.services, context.actor.name
    wanted = None if state == "open" else state
    await services.store.contacts.mark(
        line.thread, line.latest.contact, wanted, line.latest.id, who
    )
    services.inbox.forget()
    logger.info("inbox.marked event=%s state=%s by=%s", format_id(line.latest.id), state, who)
    return await line_in_path(context)


def address_of_thread(thread: str) -> str:
    """The address of the page of the line with this key."""
    connection, kind, one = _parts(thread)
    return f"/inbox/{kind}/{quote(connection, safe='')}/{quote(one, safe='')}"


async def address_of_newest(context: RequestContext, connection: str, external_id: str) -> str:
    """The address of a person's newest line, or of the person's page if the inbox has none."""
    by_person = EventFilter(contact=f"{connection}:{external_id}")
    rows = await asyncio.to_thread(context.log.events, by_person, limit=_NEWEST)
    provider = context.services.connections.get(connection)
    thread = next((row.thread for row in rows if row.thread), None)
    if thread is None or provider is None or not provider.customers_write:
        return address_of(connection, external_id)
    return address_of_thread(thread)


def _parts(thread: str) -> tuple[str, LineKind, str]:
    """The connection, the kind and the id in the key of a line; no connection's name has a sign."""
    kind = min(_SIGNS, key=lambda one: thread.find(_SIGNS[one]) % (len(thread) + 1))
    connection, _, one = thread.partition(_SIGNS[kind])
    return connection, kind, one


def line_json(line: Line, nearest: Nearest | None, _: Translator) -> InboxLineJson:
    """A line in JSON."""
    connection, kind, one = _parts(line.thread)
    reply, mark = line.reply, line.mark
    why = nearest and nearest.in_words(_)
    return {
        "kind": kind,
        "connection": connection,
        "id": one,
        "contact": line.latest.contact,
        "name": line.name or None,
        "text": line.asked.text,
        "event": format_id(line.asked.id),
        "newest": format_id(line.latest.id),
        "at": iso_time(line.latest.received_at),
        "state": line.state,
        "buyer": line.is_buyer,
        "rule": reply.rule if reply and reply.rule != BY_HAND else None,
        "answered_at": None if reply is None else iso_time(reply.at),
        "assignee": assignee_of(line.facts) or None,
        "marked_by": None if mark is None else mark.by_whom,
        "why": why or None,
    }
