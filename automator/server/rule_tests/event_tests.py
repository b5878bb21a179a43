"""Makes tests from stored events, and adds them to the file of a rule or to an edited text."""

import asyncio
from dataclasses import replace
from functools import partial

from automator.engine.explanation.stored_event import events_before
from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError, record
from automator.rules import MATCHED, NO_MATCH, RuleSet
from automator.rules.editing.edits import with_rule_test
from automator.server.editing.rule_changes import change_text
from automator.server.rule_tests.file_tests import MOST_SECONDS
from automator.server.rule_tests.setup import setup_of
from automator.server.shared.events import event_detail
from automator.server.shared.rule_files import name_to_save
from automator.server.web.services import Services
from automator.simulation.incoming import recorded_answers
from automator.simulation.recorded_tests import RecordedTest, test_of


@record
class WantedTest:
    """The test that a person wants to make from an event."""

    event_id: int
    rule: str
    #: The expected result: `MATCHED` or `NO_MATCH`; "" = the present result.
    expect: str

    def __post_init__(self) -> None:
        if self.expect not in ("", MATCHED, NO_MATCH):
            raise UsageError(
                N_("a test cannot expect '{text}'"),
                fix=N_("Reload the page and try again."),
                text=self.expect,
            )


@record
class SavedTest:
    """A test that was written into the file of its rule."""

    #: The revision that has added the test.
    revision: int
    file: str
    #: Whether the rule passes the test now.
    passes: bool


async def save_event_as_test(services: Services, wanted: WantedTest, author: str) -> SavedTest:
    """Writes a test with a stored event into the file of its rule.

    Raises:
        NotFoundError: there is no such event or rule.
        UsageError: the event cannot come in again.
        SpliceError: the file is written in a way that cannot be changed automatically.
        ConflictError: somebody else has changed the file at the same time.
        RequestError: too many tries are waiting already (503).
    """
    rules = services.rulebook.active.rule_set
    test, file = await _test_of(services, rules, wanted, author)
    active = await change_text(
        services, file, author, lambda text: with_rule_test(text, wanted.rule, test.written)
    )
    return SavedTest(revision=active.revision, file=file, passes=test.passes)


async def text_with_test(
    services: Services, name: str, text: str, wanted: WantedTest, author: str
) -> str:
    """The text of a file that is being edited, with a test of a stored event added.

    Raises:
        NotFoundError: there is no such event, or the text has no such rule.
        UsageError: the text has errors, or the event cannot come in again.
        SpliceError: the text is written in a way that cannot be changed automatically.
        RequestError: too many tries are waiting already (503).
    """
    name = await name_to_save(services, name)
    read = await services.rule_tests.run(
        partial(services.rulebook.loaded_with, name, text, quickly=True), of=author
    )
    if name in read.refused:
        raise UsageError(
            N_("the text has errors, so that no test can be made for it"),
            fix=N_("Mend the problems first."),
        )
    test, file = await _test_of(services, read.rule_set, wanted, author)
    if file != name:
        raise NotFoundError(
            N_("there is no rule {id} in this file"), fix=LOOK_IN_LIST, id=wanted.rule
        )
    return await asyncio.to_thread(with_rule_test, text, wanted.rule, test.written)


async def _test_of(
    services: Services, rules: RuleSet, wanted: WantedTest, author: str
) -> tuple[RecordedTest, str]:
    """Makes the wanted test; returns it with the name of its rule's file."""
    detail = await event_detail(services, wanted.event_id)
    rule = rules.rule(wanted.rule)
    if rule is None:
        raise NotFoundError(N_("there is no rule {id}"), fix=LOOK_IN_LIST, id=wanted.rule)
    rule_context = replace(services.rule_context, advises=False)
    setup = setup_of(rules.files, rule_context, services.settings, services.connections)
    setup = replace(setup, most_seconds=MOST_SECONDS)
    log = services.store.log
    before = await asyncio.to_thread(events_before, log, wanted.event_id)
    answers = await asyncio.to_thread(recorded_answers, log, wanted.event_id, wanted.rule)
    expect = wanted.expect or None
    test = await services.rule_tests.run(
        lambda: asyncio.run(test_of(setup, rule, detail.event, expect, *before, answers=answers)),
        of=author,
    )
    return test, rule.spec.place.file
