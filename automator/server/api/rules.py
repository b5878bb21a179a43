"""The API of rule files, with etags against lost updates, and of whom a rule fires for."""

from collections.abc import Mapping
from typing import Any, ClassVar

from automator.language import problem_as_data
from automator.model import N_, ConflictError, NotFoundError, Problem
from automator.server.access.bodies import Body
from automator.server.answers.figures import AudienceJson, StoppedFiringJson
from automator.server.answers.rules import (
    ChangedFileJson,
    CheckedJson,
    DeletedFileJson,
    RuleFileJson,
    RulesJson,
    SavedFileJson,
)
from automator.server.answers.values import TextJson
from automator.server.assistance.fixes import fixes_as_data
from automator.server.shared.responses import JsonAnswer, NotModified, Outdated, report_answer
from automator.server.shared.rule_files import (
    conflict_with,
    errors_in,
    name_to_save,
    problems_with,
    rule_file,
    rule_files,
)
from automator.server.tryout.audience_text import NOBODY_MORE, audience_text
from automator.server.tryout.audiences import audience_of
from automator.server.web.request_context import RequestContext
from automator.server.web.security import RequestError, error_json


class RuleText(Body):
    """The new text of a rule file."""

    example: ClassVar[Mapping[str, Any]] = {"text": "rules: …"}
    text: str


class FileText(RuleText):
    """A text as a rule file."""

    example: ClassVar[Mapping[str, Any]] = {"file": "prices.yaml", "text": "rules: …"}
    file: str


async def get_rules(context: RequestContext) -> JsonAnswer[RulesJson]:
    """The active rules, and the files with their etags."""
    rulebook = context.services.rulebook
    active = rulebook.active
    files = await rule_files(context.services)
    return JsonAnswer(
        {
            "revision": active.revision,
            "rules": [
                {
                    "id": rule.spec.id,
                    "name": rule.spec.name,
                    "enabled": rule.spec.enabled,
                    "file": rule.spec.place.file,
                    "line": rule.spec.place.line,
                }
                for rule in active.rule_set.rules
            ],
            "files": [
                {"name": file.name, "etag": file.etag, "state": rulebook.state_of(file.name)}
                for file in files.values()
            ],
            "problems": _problems(context, sorted(rulebook.problems)),
        }
    )


async def get_rule_file(context: RequestContext) -> JsonAnswer[RuleFileJson] | NotModified:
    """One file; its etag is also in the header, for If-Match. 304 for a client that has it
    already.
    """
    file = await rule_file(context.services, context.path("file"))
    if _tag_in(context, "if-none-match") == file.etag:
        return NotModified({"etag": f'"{file.etag}"'})
    body = {"name": file.name, "text": file.text, "etag": file.etag}
    return JsonAnswer(body, headers={"etag": f'"{file.etag}"'})


async def put_rule_file(
    context: RequestContext, body: RuleText
) -> JsonAnswer[SavedFileJson] | Outdated[ChangedFileJson]:
    """Saves a file; If-Match names the text that was read, `If-None-Match: *` makes a new one."""
    name = await name_to_save(context.services, context.path("file"))
    try:
        active = await context.services.rulebook.save(
            name, body.text, if_match=_wanted_etag(context), author=context.actor.name
        )
    except ConflictError as conflict:
        return await _conflict(context, name, body.text, conflict)
    file = await rule_file(context.services, name)
    saved = {"name": name, "etag": file.etag, "revision": active.revision}
    return JsonAnswer(saved, headers={"etag": f'"{file.etag}"'})


async def delete_rule_file(
    context: RequestContext,
) -> JsonAnswer[DeletedFileJson] | Outdated[ChangedFileJson]:
    """Deletes the file that If-Match names; its rules are in force no more."""
    file = await rule_file(context.services, context.path("file"))
    etag = _wanted_etag(context)
    try:
        active = await context.services.rulebook.delete(
            file.name, if_match=etag or "", author=context.actor.name
        )
    except ConflictError as conflict:
        return await _conflict(context, file.name, file.text, conflict)
    return JsonAnswer({"name": file.name, "revision": active.revision})


async def post_check(context: RequestContext, body: FileText) -> JsonAnswer[CheckedJson]:
    """The problems that this text would have as the file; `ok`: it could be saved."""
    name, text = body.file, body.text
    problems = await problems_with(context, name, text)
    found = await fixes_as_data(context, name, text, problems)
    return JsonAnswer(
        {
            "ok": errors_in(problems, name) == 0,
            "problems": [
                {**data, "fixes": fixes}
                for data, fixes in zip(_problems(context, problems), found, strict=True)
            ],
        }
    )


def _problems(context: RequestContext, problems: list[Problem]) -> list[dict[str, Any]]:
    return [problem_as_data(problem, context.translator) for problem in problems]


def _wanted_etag(context: RequestContext) -> str | None:
    match = _tag_in(context, "if-match")
    if match is not None:
        return match
    if _tag_in(context, "if-none-match") == "*":
        return None
    raise RequestError(
        428,
        "if_match_needed",
        N_("Say which text you have read, so that no change of somebody else is lost."),
        fix=N_("Send If-Match with the etag of the file, or `If-None-Match: *` for a new file."),
    )


def _tag_in(context: RequestContext, header: str) -> str | None:
    """The etag in a header, without its quotes."""
    value = context.request.headers.get(header)
    return None if value is None else value.strip().removeprefix("W/").strip('"')


async def _conflict(
    context: RequestContext, name: str, text: str, conflict: ConflictError
) -> Outdated[ChangedFileJson]:
    names = "as it is now", "yours"
    current, lines = await conflict_with(context.services, name, text, names)
    body: dict[str, Any] = {
        **error_json(conflict, context.translator),
        "current": {"text": current.text, "etag": current.etag} if current else None,
        "diff": lines,
    }
    return Outdated(body)


async def get_audience(context: RequestContext) -> JsonAnswer[AudienceJson | TextJson]:
    """The contacts to whom a rule would write now, those left out and why, and its last firings."""
    found = await audience_of(context, context.path("rule"))
    return report_answer(context, found, audience_text)


async def post_stop_firing(
    context: RequestContext,
) -> JsonAnswer[AudienceJson | StoppedFiringJson | TextJson]:
    """Takes nobody more of the firing that is under way."""
    rule = context.path("rule")
    await context.services.firings.stop(rule, context.actor.name)
    try:
        return await get_audience(context)
    except NotFoundError:
        # It is stopped, though its rule cannot be read now, or is gone.
        return JsonAnswer({"rule": rule, "text": context.translator(NOBODY_MORE, rule=rule)})
