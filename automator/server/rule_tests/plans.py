"""Plans: what other texts of rule files and of automator.yaml would change on a server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.files import parse_yaml
from automator.language import Translator, problem_as_data, render_problems
from automator.model import N_, Problem, Severity, Waits, record
from automator.rules import RuleSet, load_rules
from automator.rules.editing.changes_in_words import ChangeInWords, changes_in_words
from automator.rules.editing.edits import rules_in
from automator.rules.editing.step_forms import Choices
from automator.server.answer_types.rules import ChangeKind
from automator.server.rule_tests.backtest_text import backtest_text
from automator.server.rule_tests.changes_of_saving import newest_compared, setup_in_force
from automator.server.setup.settings_changes import settings_file
from automator.server.web.rule_words import change_words
from automator.server.web.services import Services
from automator.server.web.settings_file import changed_keys
from automator.simulation.backtest import Backtest

_MARKS: Mapping[ChangeKind, str] = {"new": "+", "deleted": "−", "changed": "~"}
#: At most this many waiting runs are counted.
_MOST_WAITING = 10_000


@record
class Plan:
    """The changes that new texts would make on a server."""

    files: Mapping[str, ChangeKind]
    rules: Mapping[str, ChangeKind]
    #: The changed fields of rules that stay in their files.
    words: Sequence[ChangeInWords]
    #: The changed keys of automator.yaml, without their values.
    settings: Sequence[str]
    #: How many waits the change ends, by rule.
    ends: Mapping[str, int]
    #: How many follow-ups of deleted rules wait, and still go out.
    goes_on: Mapping[str, int]
    #: The errors that keep the texts from being applied.
    errors: Sequence[Problem]
    #: The decisions about the newest events; None if there are errors or no changes.
    compared: Backtest | None

    @property
    def changes(self) -> bool:
        """Whether anything changes."""
        return bool(self.files or self.settings)

    def as_json(self, _: Translator) -> dict[str, Any]:
        """The plan as plain data, with its texts in the language of `_`."""
        return {
            "changes": self.changes,
            "files": dict(self.files),
            "rules": dict(self.rules),
            "settings": list(self.settings),
            "ends": dict(self.ends),
            "goes_on": dict(self.goes_on),
            "errors": [problem_as_data(one, _) for one in self.errors],
            "compared": None if self.compared is None else self.compared.as_json(),
            "text": "\n".join(_lines(self, _)),
        }


def plan_of(
    services: Services, texts: Mapping[str, str | None], settings: str | None, choices: Choices
) -> Plan:
    """Plans a change of rule files (None = deleted), and of automator.yaml if given. Blocks.

    Raises:
        NotFoundError: a text of automator.yaml is given, and this server has no such file.
    """
    before = {name: file.text for name, file in services.rulebook.files().items()}
    now = {name: text for name, text in {**before, **texts}.items() if text is not None}
    in_force = setup_in_force(services)
    setup, keys = in_force, set[str]()
    problems: list[Problem] = []
    if settings is not None:
        file = settings_file(services)
        setup, problems = file.simulate(settings)
        present, given = (parse_yaml("", text).data for text in (file.read(), settings))
        keys = set(changed_keys(present, given))
    loaded = load_rules(replace(setup.rule_context, advises=False), now)
    errors = [one for one in (*problems, *loaded.problems) if one.severity is Severity.ERROR]
    files, rules = _between(before, now), _between(_rules_of(before), _rules_of(now))
    compared = None
    if (files or keys) and not errors:
        there = replace(setup, files=loaded.rule_set.files)
        compared = newest_compared(services, in_force, there)
    log, ruleset = services.store.log, services.rulebook.active.rule_set
    absences = log.waiting_counts(Waits.ABSENCE, _MOST_WAITING)
    follow_ups = log.waiting_counts(Waits.TIME, _MOST_WAITING)
    return Plan(
        files=files,
        rules=rules,
        words=tuple(_words(before, now, files, choices)),
        settings=sorted(keys),
        ends={name: n for name, n in absences.items() if _ends(name, ruleset, loaded.rule_set)},
        goes_on={name: n for name, n in follow_ups.items() if rules.get(name) == "deleted"},
        errors=sorted(errors),
        compared=compared,
    )


def _between(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, ChangeKind]:
    kinds: dict[str, ChangeKind] = {}
    for name in sorted(before.keys() | now.keys()):
        if name not in before or name not in now:
            kinds[name] = "new" if name in now else "deleted"
        elif before[name] != now[name]:
            kinds[name] = "changed"
    return kinds


def _rules_of(files: Mapping[str, str]) -> dict[str, Any]:
    found = (rule for text in files.values() for rule in rules_in(text))
    return {str(rule.get("id")): rule for rule in found if isinstance(rule, dict)}


def _words(
    before: Mapping[str, str],
    now: Mapping[str, str],
    files: Mapping[str, ChangeKind],
    choices: Choices,
) -> Iterator[ChangeInWords]:
    """The fields that change; rules that come and go are told apart, because they may move."""
    for name, kind in files.items():
        if kind == "changed":
            for one in changes_in_words(before[name], now[name], choices):
                if one.kind not in ("new", "deleted"):
                    yield one


def _ends(name: str, in_force: RuleSet, then: RuleSet) -> bool:
    known = in_force.rule(name)
    return known is not None and not then.waits_as(known)


_ENDS = N_("{rule}: waits that would end without action: {count:number}")
_GOES_ON = N_("{rule}: follow-ups that wait, and still go out as they were planned: {count:number}")


def _lines(plan: Plan, _: Translator) -> Iterator[str]:
    """The plan for the terminal, or for a pull request as a block of code."""
    if plan.errors:
        yield render_problems(plan.errors, _)
        return
    if not plan.changes:
        yield _(N_("Nothing would change."))
    yield from (f"{_MARKS[kind]} {name}" for name, kind in plan.files.items())
    yield from (f"~ automator.yaml: {key}" for key in plan.settings)
    yield from (f"{_MARKS[kind]} {_(N_('rule'))} {name}" for name, kind in plan.rules.items())
    for one in plan.words:
        yield f"    {one.rule}: {' → '.join(filter(None, change_words(one, _)))}"
    for text, counts in ((_ENDS, plan.ends), (_GOES_ON, plan.goes_on)):
        yield from (_(text, rule=rule, count=count) for rule, count in counts.items())
    if plan.compared is not None:
        yield from ("", backtest_text(plan.compared, _))
