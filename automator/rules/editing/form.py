"""The form of one rule: the fields of its head, trigger, conditions, limits, actions and tests."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from automator.configuration.values import InForm
from automator.files import Path
from automator.files.editing import put, remove, renamed
from automator.model import LOOK_IN_LIST, N_, NotFoundError, record
from automator.model.own_events import ABOUT_SERVER, SCHEDULE_CONTACT, SCHEDULE_FIRED
from automator.rules.editing.condition_groups import ConditionList, ListPlace, condition_list
from automator.rules.editing.edits import RULE_KEYS, data_of
from automator.rules.editing.fields import (
    Edit,
    FormField,
    Root,
    at,
    fields_of,
    put_changes,
    setter,
    shown,
    without,
)
from automator.rules.editing.notations import CRON_DAYS, cron_at, usual_times
from automator.rules.editing.splits import split_fields
from automator.rules.editing.step_forms import ActionForm, Choices, step_forms, steps_in
from automator.rules.reading.read_file import StepIds
from automator.rules.schema.arrival_sources import TestArrivalSource, UsualChanges
from automator.rules.schema.rule_file import RuleSource, TriggerSource
from automator.rules.schema.rule_tests import (
    MATCHED,
    NO_MATCH,
    ExpectSource,
    RuleTestSource,
    StepExpectation,
)

# The fields of a trigger: its event, or its schedule and the contacts that it fires for.


EVERY = "*"
#: The cron line for a rule that a person turns into a scheduled rule.
_USUAL_CRON = "0 9 * * *"
_CONTACTS = "contacts"
#: The keys of a trigger that the choice of a schedule writes.
_SCHEDULED = ("schedule", _CONTACTS)
#: The beginning of a condition on words, as the form writes it.
_ON_WORDS = "keywords(event.text,"
_CRON: Path = ("schedule", "cron")


@record(kw_only=False)
class TriggerForm:
    """The fields of a trigger, with the events and connections that its rule listens to."""

    fields: Sequence[FormField]
    events: Sequence[str]
    #: Empty = all connections.
    connections: Sequence[str]

    @property
    def fires(self) -> bool:
        """Whether the rule fires by itself."""
        return self.is_for_people or self.is_without_person

    @property
    def is_for_people(self) -> bool:
        """Whether it fires for contacts."""
        return SCHEDULE_CONTACT in self.events[:1]

    @property
    def is_without_person(self) -> bool:
        """Whether it fires without a contact, so that there is nobody to write to."""
        return bool({SCHEDULE_FIRED, *ABOUT_SERVER}.intersection(self.events[:1]))


def trigger_form(rule: Path, written: Any, choices: Choices) -> TriggerForm:
    """The form of the trigger of the rule at this place."""
    trigger = written if isinstance(written, Mapping) else {}
    place: Path = (*rule, "trigger")
    if "absence" in trigger or "both" in trigger:
        return TriggerForm([*_further(place, trigger, choices, _SCHEDULED)], [], [])
    if "schedule" in trigger:
        return _schedule_form(place, trigger, choices)
    events, connections = _names(trigger.get("event")), _names(trigger.get("connection"))
    offered = {
        name for one in connections or choices.events for name in choices.events.get(one, ())
    }
    several, listened = ", ".join(events), ", ".join(connections)
    where = FormField(
        "connection",
        N_("At which connection"),
        "choice",
        listened or EVERY,
        lambda text, value: _with_name(text, (*place, "connection"), value),
        choices=_offered(listened, sorted(choices.events)),
    )
    what = FormField(
        "event",
        N_("What happens"),
        "choice",
        several or EVERY,
        _event_setter(place, connections, choices),
        choices=(
            *_offered(several, [*sorted(offered), *sorted(choices.raised), *ABOUT_SERVER]),
            *_times(choices),
        ),
    )
    is_about_server = several in ABOUT_SERVER and not connections
    further = _further(place, trigger, choices, ("event", "connection", *_SCHEDULED))
    fields = [*([] if is_about_server else [where]), what, *further]
    return TriggerForm(fields, events, connections)


def _further(
    place: Path, trigger: Mapping[str, Any], choices: Choices, skipped: Collection[str]
) -> Iterator[FormField]:
    """The fields of a trigger that are made from its model."""
    names = {"contacts.connection": choices.speaking}
    return fields_of(TriggerSource, Root(path=place, names=names, skipped=skipped), trigger)


# --- Schedules ---


def _schedule_form(place: Path, trigger: Mapping[str, Any], choices: Choices) -> TriggerForm:
    people = trigger.get(_CONTACTS)
    kind = SCHEDULE_FIRED if people is None else SCHEDULE_CONTACT
    connections = _names(at(people, ("connection",)))
    known = sorted({name for names in choices.events.values() for name in names})
    what = FormField(
        "event",
        N_("What happens"),
        "choice",
        kind,
        _event_setter(place, connections, choices),
        choices=(
            *_offered("", [*known, *sorted(choices.raised), *ABOUT_SERVER])[1:],
            *_times(choices, kind),
        ),
    )
    times = [*_time_fields(place, trigger, choices.zone)]
    done = {
        "event",
        "both",
        "absence",
        *(one.name for one in times),
        *(["schedule.cron"] if times else []),
    }
    done |= {"contacts"} if people is None else set()
    fields = [what, *times, *_further(place, trigger, choices, done)]
    return TriggerForm(fields, [kind], connections)


def _time_fields(place: Path, trigger: Mapping[str, Any], zone: str) -> Iterator[FormField]:
    written: Path = (*place, *_CRON)
    cron, every = at(trigger, _CRON), at(trigger, ("schedule", "every"))
    usual = usual_times(cron)
    if usual is not None:
        days, time = usual
        choices, edit = tuple(CRON_DAYS.items()), _usual_setter(written, of_days=True)
        yield FormField("days", N_("On which days"), "choice", days, edit, choices)
        edit = _usual_setter(written, of_days=False)
        clock = at(trigger, ("schedule", "timezone")) or zone
        yield FormField("time", N_("At what time"), "time", time, edit, zone=shown(clock))
    elif isinstance(cron, str):
        yield FormField("cron", N_("At which times, as a cron line"), "line", cron, _kept(written))
    if isinstance(every, str):
        path: Path = (*place, "schedule", "every")
        label, unit = N_("Always after the same time"), N_("as in 30s, 15m, 2h or 7d")
        yield FormField("schedule.every", label, "line", every, _kept(path), unit=unit)


def _usual_setter(path: Path, *, of_days: bool) -> Edit:
    def edit(text: str, value: str) -> str:
        days, time = usual_times(at(data_of(text), path)) or ("", "")
        cron = cron_at(value, time) if of_days else cron_at(days, value)
        return put(text, path, cron) if cron else text

    return edit


def _kept(path: Path) -> Edit:
    """The edit of a value that a schedule needs: an empty text leaves it unchanged."""
    return lambda text, value: put(text, path, value) if value else text


# --- What happens ---


def _times(choices: Choices, now: str = "") -> tuple[tuple[str, str], ...]:
    """The choices of schedules; for contacts only if a connection can write to them."""
    kinds = [SCHEDULE_FIRED]
    if choices.speaking or now == SCHEDULE_CONTACT:
        kinds.append(SCHEDULE_CONTACT)
    return tuple((kind, kind) for kind in kinds)


def _event_setter(place: Path, connections: Sequence[str], choices: Choices) -> Edit:
    """The edit that writes the event of a trigger, or turns an event into a schedule or back."""
    speaking = [name for name in connections if name in choices.speaking] or choices.speaking

    def edit(text: str, value: str) -> str:
        trigger = at(data_of(text), place)
        fires = isinstance(trigger, Mapping) and "schedule" in trigger
        if value not in (SCHEDULE_FIRED, SCHEDULE_CONTACT):
            if not fires:
                text = _with_name(text, (*place, "event"), value)
                return without(text, (*place, "connection")) if value in ABOUT_SERVER else text
            named = connections[:1] if value not in ABOUT_SERVER else ()
            back = {"event": value, **({"connection": named[0]} if named else {})}
            return put(text, place, back, order=RULE_KEYS)
        if not fires:
            schedule = {"schedule": {"cron": _USUAL_CRON}}
            text = put(text, place, schedule, order=RULE_KEYS)
        if value == SCHEDULE_FIRED:
            return without(text, (*place, _CONTACTS))
        people = {"connection": next(iter(speaking), "")}
        return _with_messages(put(text, (*place, _CONTACTS), people), place[:-1])

    return edit


def _with_messages(text: str, rule: Path) -> str:
    """The text of a rule that now fires for contacts, who have not just written: replies become
    messages, and conditions on words are removed.
    """
    actions = at(data_of(text), (*rule, "actions"))
    for index, step in enumerate(actions if isinstance(actions, list) else ()):
        if isinstance(step, Mapping) and "reply" in step:
            text = renamed(text, (*rule, "actions", index, "reply"), "message")
    written = at(data_of(text), (*rule, "conditions"))
    conditions = list(enumerate(written if isinstance(written, list) else ()))
    for index, condition in reversed(conditions):
        if isinstance(condition, str) and condition.startswith(_ON_WORDS):
            text = without(text, (*rule, "conditions", index))
    return text


def _with_name(text: str, path: Path, value: str) -> str:
    if value != EVERY:
        return put(text, path, value, order=RULE_KEYS)
    written = at(data_of(text), path[:-1])
    if isinstance(written, Mapping) and written.keys() <= {path[-1]}:
        # A trigger needs a key: one without any listens to nothing.
        text = put(text, (*path[:-1], "event"), EVERY)
        return text if path[-1] == "event" else without(text, path)
    return without(text, path)


def _names(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item]


def _offered(value: str, known: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The choices for names: any name, each known name, and the present value."""
    names = dict.fromkeys([*([value] if value not in ("", EVERY) else []), *known])
    return ((EVERY, N_("all")), *((name, name) for name in names))


#: The keys of a rule that have hand-made fields, and none made from the model.
_ELSEWHERE = frozenset({"name", "enabled", "mode", "trigger", "conditions", "actions"})
#: The labels of values of the event in a text.
PERSON_NAME, PERSON_TEXT = N_("the person's name"), N_("what was written")
#: The states of a rule, each with its label: the value of the field is the name of the state.
_STATES = (
    ("live", N_("it acts as soon as it is saved")),
    ("shadow", N_("it only watches, and the log says what it would do")),
    ("off", N_("it is switched off")),
)


@record(kw_only=False)
class RuleForm:
    """The form of one rule."""

    rule_id: str
    path: Path
    head: Sequence[FormField]
    trigger: TriggerForm
    conditions: ConditionList
    #: The fields of limits and of all other keys.
    limits: Sequence[FormField]
    actions: Sequence[ActionForm]
    #: The values that a text may have, each with the placeholder for it.
    values: Sequence[tuple[str, str]]
    #: Whether keys that the rule does not write may be in `defaults`, of this file or an included.
    may_have_defaults: bool
    #: The fields of each test; None if the tests can be changed only as YAML.
    tests: Sequence[Sequence[FormField]] | None
    #: The samples that a test can have, each with a sentence about it; those for this rule first.
    samples: Mapping[str, str]
    #: The parts of each split, wherever the rule names them.
    splits: Sequence[FormField]

    @property
    def takes_tests(self) -> bool:
        """Whether a test can be added: with an event that comes in, or by its schedule."""
        at_times = {SCHEDULE_FIRED, SCHEDULE_CONTACT}.intersection(self.trigger.events)
        return self.tests is not None and bool(self.samples or at_times)

    def of_section(self, section: str) -> list[FormField]:
        """The fields of a part of the form, apart from those with a place of their own."""
        return [one for one in self.limits if one.section == section]

    def fields(self, gone: str = "") -> list[FormField]:
        """All fields in the order of the page; for the group `gone`, the field that removes it."""
        steps = [one for _, action in self.steps() for one in action.all_fields]
        # A part of a split is chosen by its name before the part gets another name.
        return [*self.fields_beside_steps(gone)[: -len(self.splits) or None], *steps, *self.splits]

    def fields_beside_steps(self, gone: str = "") -> list[FormField]:
        """The fields of everything but the actions."""
        tests = [one for test in self.tests or () for one in test]
        own = [*self.head, *self.trigger.fields, *self.conditions.all_fields(gone), *self.limits]
        return [*own, *tests, *self.splits]

    def steps(self) -> Iterator[tuple[int, ActionForm]]:
        """Every action in the order of the page, each with the number of actions in its list."""
        return steps_in(self.actions)


def rule_form(text: str, index: int, choices: Choices) -> RuleForm:
    """The form of the rule with this index in the file.

    Raises:
        NotFoundError: there is no such rule, or the file cannot be read.
    """
    return form_in(data_of(text), index, choices)


def form_in(file: Any, index: int, choices: Choices) -> RuleForm:
    """The form of the rule with this index in the data of a file.

    Raises:
        NotFoundError: there is no such rule.
    """
    rule: Path = ("rules", index)
    data = at(file, rule)
    if not isinstance(data, dict):
        raise NotFoundError(N_("there is no such rule in this file"), fix=LOOK_IN_LIST)
    choices = _with_names_in(file["rules"], choices)
    trigger = trigger_form(rule, data.get("trigger"), choices)
    choices = replace(choices, heard=trigger.events)
    conditions = condition_list(
        ListPlace(rule), data.get("conditions"), events=trigger.events, zone=choices.zone
    )
    actions, samples = step_forms(rule, data.get("actions"), choices), _samples(trigger, choices)
    ids = StepIds()
    for key in ("actions", "on_error"):
        ids.set_aside(data.get(key))
    steps = dict(_ids_of(actions, file, ids))
    names = {"sample": samples, "id": {"": "–", **steps}}
    tests = _fields_of_tests((*rule, "tests"), data.get("tests"), names)
    skipped = _ELSEWHERE if tests is None else {*_ELSEWHERE, "tests"}
    whole = Root(path=rule, names={"active": choices.intervals}, skipped=skipped)
    return RuleForm(
        rule_id=str(data.get("id", "")),
        path=rule,
        head=[
            FormField(
                "name",
                N_("Name"),
                "line",
                shown(data.get("name")),
                setter((*rule, "name"), RULE_KEYS),
            ),
            FormField(
                "state",
                N_("Whether it acts"),
                "choice",
                _state(data),
                _state_setter(rule),
                choices=_STATES,
            ),
        ],
        trigger=trigger,
        conditions=conditions,
        limits=list(fields_of(RuleSource, whole, data)),
        actions=actions,
        values=[*_values(at(file, ("vars",)), data, trigger)],
        may_have_defaults=not file.keys().isdisjoint(("defaults", "include")),
        tests=tests,
        samples=samples,
        splits=[*split_fields(rule, data)],
    )


def _ids_of(actions: Sequence[ActionForm], file: Any, ids: StepIds) -> Iterator[tuple[str, str]]:
    """Yields the id and the name of each action; actions inside it take ids as in the reader."""
    for one in actions:
        given = at(file, (*one.path, "id"))
        own = str(given or ids.make(one.action)) if one.later else ""
        list(_ids_of(one.inner, file, ids))
        for later in one.later:
            ids.make(own)
            list(_ids_of(later.inner, file, ids))
        yield own or str(given or ids.make(one.action)), one.action


def _samples(trigger: TriggerForm, choices: Choices) -> dict[str, str]:
    """Samples of the connections in the trigger; samples of its events come first."""
    names = trigger.connections or choices.samples
    found = {key: about for name in names for key, about in choices.samples.get(name, {}).items()}
    heard = [key for key in found if key.partition("/")[2] in trigger.events]
    return {} if trigger.fires else {key: found[key] for key in (*heard, *found)}


def _with_names_in(rules: Sequence[Any], choices: Choices) -> Choices:
    """The choices, and the names that the rules of a file give each other."""
    raised = [at(one, ("event",)) or one for one in _inputs_in(rules, "emit")]
    following = {str(at(rule, ("id",))) for rule in rules if [*_inputs_in(rule, "follow_up")]}
    return replace(
        choices,
        raised={*choices.raised, *(name for name in raised if isinstance(name, str) and name)},
        following={*choices.following, *following},
    )


def _inputs_in(part: Any, action: str) -> Iterator[Any]:
    """The inputs of each step in a part of a file that has this action."""
    values = part.values() if isinstance(part, Mapping) else part if isinstance(part, list) else ()
    for value in values:
        yield from _inputs_in(value, action)
    if isinstance(part, Mapping) and action in part:
        yield part[action]


def _values(
    shared: Any, rule: Mapping[str, Any], trigger: TriggerForm
) -> Iterator[tuple[str, str]]:
    """The person's name and text, the `vars` of the file and the rule, and answers to questions."""
    if trigger.is_for_people:
        yield PERSON_NAME, "{{ contact.name | default('') }}"
    elif not trigger.is_without_person:
        yield PERSON_NAME, "{{ event.actor.name | default('') }}"
        yield PERSON_TEXT, "{{ event.text | default('') }}"
    for known in (shared, rule.get("vars")):
        for name in known if isinstance(known, Mapping) else ():
            yield str(name), f"{{{{ vars.{name} }}}}"
    steps = rule.get("actions")
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, Mapping) and "ask" in step and isinstance(step.get("id"), str):
            yield step["id"], f"{{{{ steps.{step['id']}.output.value }}}}"


def _state(rule: Mapping[str, Any]) -> str:
    if rule.get("enabled") is False:
        return "off"
    return "shadow" if rule.get("mode") == "shadow" else "live"


def _state_setter(rule: Path) -> Edit:
    def edit(text: str, value: str) -> str:
        if value == "off":
            return put(text, (*rule, "enabled"), False, order=RULE_KEYS)
        for key in ("enabled", "disabled_reason"):
            text = remove(text, (*rule, key))
        if value == "shadow":
            return put(text, (*rule, "mode"), "shadow", order=RULE_KEYS)
        return remove(text, (*rule, "mode"))

    return edit


# --- Tests: what comes in, and what the rule is expected to do ---

#: The results that a test can expect in one word, with their labels.
_RESULTS = {name: InForm.of(ExpectSource.model_fields[name]).label for name in (MATCHED, NO_MATCH)}


def _fields_of_tests(
    place: Path, written: Any, names: Mapping[str, Mapping[str, str]]
) -> list[list[FormField]] | None:
    """The fields of each test at a path; None if this is no list of tests that fields can show.

    `names` has the choices for `sample` and for the `id` of a step, each with its label.
    """
    tests = [] if written is None else written
    if not isinstance(tests, list) or not all(map(_is_shown, tests)):
        return None
    return [
        [*_test_fields((*place, number), f"t{number}", test, names)]
        for number, test in enumerate(tests)
    ]


def _is_shown(test: Any) -> bool:
    parts = [test, *(at(test, path) or {} for path in (("event",), ("event", "with")))]
    return all(isinstance(one, Mapping) for one in parts)


def _test_fields(
    path: Path, name: str, test: Any, names: Mapping[str, Mapping[str, str]]
) -> Iterator[FormField]:
    root = partial(Root, names=names, is_labelled=True)
    event, expect = (*path, "event"), (*path, "expect")
    whole = root(path=path, prefix=name, skipped=("event", "expect"))
    yield from fields_of(RuleTestSource, whole, test)
    came = root(path=event, prefix=f"{name}.event", skipped=("with",))
    yield from fields_of(TestArrivalSource, came, at(test, ("event",)))
    changes = root(path=(*event, "with"), prefix=f"{name}.with")
    yield from fields_of(UsualChanges, changes, at(test, ("event", "with")))
    expected = at(test, ("expect",))
    result, said = _result(expected), N_("The rule is expected to")
    choices = tuple((_RESULTS if result else {"": "–", **_RESULTS}).items())
    yield FormField(f"{name}.expect", said, "choice", result, setter(expect), choices)
    steps = at(expected, ("actions",))
    steps = steps if isinstance(steps, list) else []
    for number, step in enumerate([*steps, None] if result != NO_MATCH else []):
        short = root(path=(*expect, "actions", number), prefix=f"{name}.{number}", short="id")
        first, *others = fields_of(StepExpectation, short, step)
        yield replace(first, edit=_step_setter(expect, number), is_more=False)
        yield from others if step is not None else ()
    rest = root(path=expect, prefix=f"{name}.expect", skipped=("actions", *_RESULTS))
    yield from fields_of(ExpectSource, rest, expected)


def _result(expected: Any) -> str:
    """The expected result; "" if a test expects something else."""
    if isinstance(expected, Mapping):
        found = [name for name in _RESULTS if expected.get(name)]
        return found[0] if found else MATCHED if expected.get("actions") else ""
    return expected if expected in (*_RESULTS,) else ""


def _step_setter(expect: Path, number: int) -> Edit:
    """The edit that expects another step, one more at the end, or a step no more ("")."""

    def edit(text: str, value: str) -> str:
        written = at(data_of(text), expect)
        kept = dict(written) if isinstance(written, Mapping) else {}
        steps = kept.pop("actions", None) or []
        if not value and len(steps) > 1:
            return remove(text, (*expect, "actions", number))
        now = at(steps, (number,))
        changed = {**now, "id": value} if isinstance(now, Mapping) else value
        actions = {"actions": [*steps[:number], changed, *steps[number + 1 :]]} if value else {}
        return put_changes(text, expect, {**kept, **actions} or MATCHED)

    return edit
