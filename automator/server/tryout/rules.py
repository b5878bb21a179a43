"""Tries an event with the rules in force, with one edited file among them, or with given files."""

from collections.abc import Mapping
from typing import Any

from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.engine.tryout.trial_result import Trial
from automator.engine.tryout.tryout import Parts, try_event
from automator.model import N_, Severity, UsageError
from automator.rules import Loaded, RuleSet
from automator.server.shared.rule_files import name_to_save
from automator.server.tryout.requests import read_try
from automator.server.tryout.subjects import Finder, tryout_parts
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services

MOST_FILES = 500


def parts_of(services: Services) -> Parts:
    """The parts of the running server for a try, such as its connections and settings."""
    return tryout_parts(
        services.actions,
        services.connections,
        services.settings,
        services.clock,
        services.store.log.contact,
    )


def finder_of(context: RequestContext) -> Finder:
    """Makes the finder that looks up, on this server, the event that a try is about."""
    services = context.services
    return Finder(
        connections=services.connections,
        log=services.store.log,
        now_ms=context.now_ms,
        zone=context.zone,
    )


async def try_with(context: RequestContext, body: dict[str, Any]) -> Trial:
    """Tries the event that a JSON object names, with the rules that it names.

    The rules are the rules in force, in which `text` replaces the file `file`, or only `files`.

    Raises:
        UsageError: the object cannot be read.
        NotFoundError: there is no such event, sample or connection.
        RulesRefusedError: the rules to be tried have errors.
        RequestError: too many tries are waiting already (503).
    """
    services, finder = context.services, finder_of(context)
    name, text, files = body.pop("file", None), body.pop("text", None), body.pop("files", None)
    request = read_try(body)
    if isinstance(name, str) and isinstance(text, str):
        name = await name_to_save(services, name)
    elif name is not None or text is not None:
        raise UsageError(
            N_(
                "`file` and `text` are the name and the text of a rule file: one of them is missing"
            ),
            fix=N_("Send both. The words of a person stand in {example}."),
            example='"with": {"text": "giá?"}',
        )

    def work() -> Trial:
        rules = rules_to_try(services, name, text, files)
        subject, limits_of = finder.subject(request)
        return try_event(parts_of(services), rules, subject, limits_of)

    return await services.tries.run(work, of=context.actor.name)


def rules_to_try(services: Services, name: str | None, text: str | None, files: Any) -> RuleSet:
    """The rules in force, with `text` as the file `name` if given; or only the rules of `files`.

    Raises:
        UsageError: `files` does not map names to texts.
        RulesRefusedError: the rules have errors.
    """
    rulebook = services.rulebook
    if name is not None and text is not None:
        loaded = rulebook.loaded_with(name, text)
        return usable(loaded, name)
    if files is None:
        return rulebook.active.rule_set
    if not _are_texts(files):
        raise UsageError(
            N_("files is an object of names and texts"),
            fix=N_("Send it as in {example}."),
            example='{"files": {"prices.yaml": "rules: …"}}',
        )
    return usable(rulebook.loaded_of(files))


def usable(loaded: Loaded, name: str | None = None) -> RuleSet:
    """The rule set, if no file has errors. With `name`, only that file must have none.

    Raises:
        RulesRefusedError: a file that counts has errors; it lists them.
    """
    if name in loaded.refused if name is not None else loaded.refused:
        errors = [item for item in loaded.problems if item.severity is Severity.ERROR]
        raise RulesRefusedError([item for item in errors if name in (None, item.file)])
    return loaded.rule_set


def _are_texts(files: Any) -> bool:
    return (
        isinstance(files, Mapping)
        and len(files) <= MOST_FILES
        and all(isinstance(item, str) for pair in files.items() for item in pair)
    )
