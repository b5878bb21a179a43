"""Tries the event of a bundle: with the rules in the bundle, and with this server's rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.actions import builtin_actions
from automator.clock import SystemClock
from automator.configuration.settings import Settings
from automator.engine.explanation.bundle import Bundle, bundle_in
from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.engine.tryout.trial_result import Trial
from automator.engine.tryout.tryout import Parts, Subject, try_event
from automator.model import N_, Problem, UsageError, record
from automator.plugins import Provider
from automator.rules import RuleContext, load_rules
from automator.server.http.multipart import Upload
from automator.server.shared.rule_files import name_to_save
from automator.server.tryout.rules import parts_of, rules_to_try, usable
from automator.server.tryout.subjects import tryout_parts
from automator.server.web.request_context import RequestContext

#: A page tries rule files of at most this many characters together; the command has no limit.
_MOST_LETTERS = 1_000_000


@record(kw_only=False)
class Verdict:
    """Whether a rule matches the event, in three evaluations; None if one lacks the rule."""

    rule: str
    #: According to the bundle, on the server that made it.
    then: bool | None
    #: With the rules in the bundle, tried here.
    again: bool | None
    #: With the rules of this server.
    here: bool | None = None


@record
class TriedBundle:
    """A bundle whose event was tried with its own rules and with the rules of this server."""

    #: The name of the file that was uploaded.
    file: str
    bundle: Bundle
    here: Trial
    #: The try with the rules in the bundle; None if they cannot be tried, for the reason `refused`.
    again: Trial | None
    refused: UsageError | RulesRefusedError | None

    @property
    def problems(self) -> Sequence[Problem]:
        """The problems of the rules in the bundle."""
        return self.refused.problems if isinstance(self.refused, RulesRefusedError) else ()

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts on rules that match in some evaluation, or are missing in one."""
        found = verdicts(self.bundle, self.again, self.here)
        seen = ("then", "here") if self.again is None else ("then", "again", "here")
        return [item for item in found if any(getattr(item, side) is not False for side in seen)]

    @property
    def decided_otherwise(self) -> list[str]:
        """The rules in the bundle that decide differently here than on the server that made it."""
        return decided_otherwise(verdicts(self.bundle, self.again))


def verdicts(bundle: Bundle, again: Trial | None, here: Trial | None = None) -> list[Verdict]:
    """The decisions about each rule: in the bundle, and in the tries `again` and `here`."""
    matched = [_matched(again), _matched(here)]
    names = sorted({*bundle.matched, *matched[0], *matched[1]})
    return [
        Verdict(name, bundle.matched.get(name), *(found.get(name) for found in matched))
        for name in names
    ]


def decided_otherwise(found: list[Verdict]) -> list[str]:
    """The names of the rules that decided differently when tried again."""
    return [item.rule for item in found if item.then != item.again]


def _matched(trial: Trial | None) -> dict[str, bool]:
    return {} if trial is None else {item.rule: item.matched for item in trial.rules}


def try_bundle(
    bundle: Bundle, known: Mapping[str, Provider], files: Mapping[str, str] | None = None
) -> Trial:
    """Tries the event of a bundle with the rules in the bundle, or with other `files`.

    A `known` connection with the same provider takes the place of the event's connection.

    Raises:
        RulesRefusedError: the rules have errors.
    """
    rule_context = RuleContext(
        actions=builtin_actions(), vars=bundle.vars, time_intervals=bundle.time_intervals
    )
    rules = usable(load_rules(rule_context, bundle.files if files is None else files))
    return try_event(_parts(bundle, known), rules, _subject(bundle))


async def try_upload(
    context: RequestContext, upload: Upload | None, name: str, text: str
) -> TriedBundle:
    """Tries an uploaded bundle with its own rules, and with this server's rules.

    In this server's rules, the file `name` has the given `text`.

    Raises:
        UsageError: no file was chosen, or it is no bundle.
        RulesRefusedError: the rules of this server, with the text, have errors.
        RequestError: too many tries are waiting already (503).
    """
    if upload is None:
        raise UsageError(
            N_("no file was chosen"),
            fix=N_("Choose one that “Save as evidence” or `automator bundle` has made."),
        )
    services = context.services
    name = await name_to_save(services, name)

    def work() -> TriedBundle:
        bundle = bundle_in(upload.name, upload.content)
        parts = parts_of(services)
        own = _connection(bundle, services.connections)
        parts = replace(parts, connections={**own, **parts.connections})
        here = try_event(parts, rules_to_try(services, name, text, None), _subject(bundle))
        again: Trial | None = None
        refused: UsageError | RulesRefusedError | None = None
        try:
            again = _again(bundle, services.connections)
        except (UsageError, RulesRefusedError) as error:
            refused = error.with_traceback(None)
        # The page does not show the rule files, which may be megabytes.
        shown = replace(bundle, files={})
        return TriedBundle(file=upload.name, bundle=shown, here=here, again=again, refused=refused)

    return await services.tries.run(work, of=context.actor.name)


def _again(bundle: Bundle, known: Mapping[str, Provider]) -> Trial:
    if sum(map(len, bundle.files.values())) > _MOST_LETTERS:
        raise UsageError(
            N_("the rule files in the bundle are too large to be tried in the page"),
            fix=N_("Try them in the terminal: automator try --bundle FILE"),
        )
    return try_bundle(bundle, known)


def _subject(bundle: Bundle) -> Subject:
    return Subject(event=bundle.event, at=bundle.event.received_at, contact=bundle.contact)


def _connection(bundle: Bundle, known: Mapping[str, Provider]) -> dict[str, Provider]:
    """A connection of the event's provider under the name of the event's connection, or {}."""
    name, provider = bundle.event.connection, bundle.event.provider
    like = known.get(name) or next((one for one in known.values() if one.name == provider), None)
    if like is None or like.name != provider:
        return {}
    made: Any = type(like)
    return {name: made(name, like.options)}


def _parts(bundle: Bundle, known: Mapping[str, Provider]) -> Parts:
    """The parts for the try: the event's connection, and targets and receivers as in the bundle."""
    targets = {target: {"url": f"https://target.invalid/{target}"} for target in bundle.targets}
    receivers = {receiver: f"jsons://receiver.invalid/{receiver}" for receiver in bundle.notify}
    settings = Settings.model_validate({"targets": targets, "notify": receivers})
    connections = _connection(bundle, known)
    return tryout_parts(builtin_actions(), connections, settings, SystemClock())
