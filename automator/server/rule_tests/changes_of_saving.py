"""Finds the failing tests and the changed decisions to show before a rule file is saved."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from automator.language import Translator
from automator.model import AutomatorError, record
from automator.rules import Loaded
from automator.rules.editing.changes_in_words import ChangeInWords, changes_in_words
from automator.rules.editing.step_forms import Choices
from automator.server.rule_tests.backtest_text import (
    compared_text,
    counts_text,
    from_difference,
    messages_text,
)
from automator.server.rule_tests.file_tests import TestedFile, results_of
from automator.server.rule_tests.setup import setup_of
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.simulation.backtest import Backtest, Example, Range, RuleDifference, backtest_within
from automator.simulation.simulation import SimulationSetup

#: At most this many of the newest events are compared, in this many seconds for both rule sets.
MOST_EVENTS = 300
MOST_SECONDS = 4.0
#: Seconds after which the simulation of one rule set is stopped even in the middle of an event.
_LONGEST_SIDE_S = 8.0
#: The values of two buttons: the first saves a file, the second confirms the shown changes.
SAVE, SAVE_ANYWAY = "save", "save_anyway"


@record(kw_only=False)
class ChangedRule:
    """A rule that would have acted differently."""

    name: str
    counts: str
    #: Each example with a mark: `+` if only the new text acts, `−` if only the old text acts, `~`
    #: if a step does something else.
    examples: Sequence[tuple[str, Example]]


@record(kw_only=False)
class SavedChanges:
    """The decisions that saving would have changed, as texts for the page, and the failed tests."""

    #: The changes of the rules themselves; empty if the form has no words for them.
    words: Sequence[ChangeInWords] = ()
    compared: Sequence[str] = ()
    #: Empty if no decision would have changed.
    rules: Sequence[ChangedRule] = ()
    messages: str = ""
    #: The results of the tests if one of them fails.
    tested: TestedFile | None = None
    #: Whether a test fails that is new or passes with the rules in force.
    breaks: bool = False

    @property
    def asks(self) -> bool:
        """Whether the person has to confirm them; tests that failed before are only told."""
        return self.breaks or bool(self.rules)


async def changes_of_saving(
    context: RequestContext, name: str, text: str, etag: str, choices: Choices
) -> SavedChanges | None:
    """The changes and failed tests to tell when a file is saved; None if there are none.

    None also after the person has confirmed it. A new file changes no decision, but has tests.
    """
    if context.form.get("do") != SAVE:
        return None
    services, of = context.services, context.actor.name
    # A server that is too busy to test or to compare must not keep anybody from saving.
    with contextlib.suppress(AutomatorError):
        tested, breaks, found = await services.rule_tests.run(
            lambda: _judged(services, name, text, etag), of=of
        )
        shown = SavedChanges()
        if found is not None:
            before = services.rulebook.active.rule_set.files.get(name, "")
            words = await context.work(lambda: changes_in_words(before, text, choices))
            shown = _shown(found, words, services, context.translator)
        if found or tested.failed:
            return replace(shown, tested=tested if tested.failed else None, breaks=breaks)
    return None


def _judged(
    services: Services, name: str, text: str, etag: str
) -> tuple[TestedFile, bool, Backtest | None]:
    """Tests a text, tells whether a test fails that did not before, and compares decisions."""
    rulebook = services.rulebook
    read = rulebook.loaded_with(name, text, quickly=True)
    tested = results_of(services, name, read)
    before = rulebook.active.rule_set.files.get(name)
    red = set(tested.failing)
    if red and before is not None:
        in_force = rulebook.loaded_with(name, before, quickly=True)
        red.difference_update(results_of(services, name, in_force, red).failing)
    return tested, bool(red), _changed(services, name, read) if etag else None


def _shown(
    found: Backtest, words: Sequence[ChangeInWords], services: Services, _: Translator
) -> SavedChanges:
    rules = [
        ChangedRule(services.rule_name(one.rule), counts_text(one, _), list(_examples(one)))
        for one in found.rules
        if one.differs
    ]
    return SavedChanges(words, list(compared_text(found, _)), rules, messages_text(found, _))


def _examples(rule: RuleDifference) -> Iterator[tuple[str, Example]]:
    yield from (("+", example) for example in rule.new_examples)
    yield from (("−", example) for example in rule.gone_examples)
    for example in rule.changed_examples:
        before, now = from_difference(example.before, example.now)
        yield "~", replace(example, before=before, now=now)


def _changed(services: Services, name: str, read: Loaded) -> Backtest | None:
    """Compares the decisions about the newest events; None if nothing differs, or for errors."""
    in_force = services.rulebook.active.rule_set.files
    if name in read.refused or read.rule_set.files == in_force:
        return None
    before = setup_in_force(services)
    found = newest_compared(services, before, replace(before, files=read.rule_set.files))
    return found if found.differs else None


def setup_in_force(services: Services) -> SimulationSetup:
    """The setup of simulations of the rules and settings in force."""
    rule_context = replace(services.rule_context, advises=False)
    in_force = services.rulebook.active.rule_set.files
    return setup_of(in_force, rule_context, services.settings, services.connections)


def newest_compared(services: Services, before: SimulationSetup, now: SimulationSetup) -> Backtest:
    """Compares the decisions of two setups about the newest events. Blocks for seconds."""
    log = services.store.log
    events = Range(
        after=log.before_newest(MOST_EVENTS),
        until_ms=services.clock.now_ms() + 1,
        most=MOST_EVENTS,
    )
    before = replace(before, most_seconds=_LONGEST_SIDE_S)
    now = replace(now, most_seconds=_LONGEST_SIDE_S)
    return backtest_within(before, now, events, log, MOST_SECONDS)
