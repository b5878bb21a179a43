"""The API of rules: files with etags against lost updates, audiences, writing help, and tries."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictInt

from automator.engine.rulesets.rule_folder import etag_of
from automator.files import MAX_BYTES
from automator.language import problem_as_data
from automator.model import N_, ConflictError, NotFoundError, Problem
from automator.reasons import audit as acts
from automator.rules.assistance.completion import Knowledge, complete, explain
from automator.server.access.bodies import Body
from automator.server.access.guard import Calls
from automator.server.answer_types.common import TextJson
from automator.server.answer_types.decisions import PreviewedJson, TrialJson
from automator.server.answer_types.reports import AudienceJson, StoppedFiringJson
from automator.server.answer_types.rules import (
    AboutJson,
    ChangedFileJson,
    CheckedJson,
    ClonesJson,
    CompletionJson,
    DeletedFileJson,
    PlanJson,
    PromotedJson,
    RevisionJson,
    RuleFileJson,
    RulesJson,
    SavedFileJson,
    TestedFileJson,
)
from automator.server.assistance import about_as_data, completion_as_data, fixes_as_data
from automator.server.editing.clones import ClonePlan, clone_plan, clone_rules
from automator.server.editing.form_choices import form_choices
from automator.server.editing.promotions import promote, save_in_shadow
from automator.server.http.parameters import AS_TEXT
from automator.server.reports.declarations import PROMOTION
from automator.server.rule_tests.file_tests import test_file
from automator.server.rule_tests.plans import plan_of
from automator.server.rule_tests.report import result_json
from automator.server.shared.json_values import reason_with_sentence
from automator.server.shared.lists import CURSOR, PAGE_PARAMETERS, limit_of
from automator.server.shared.responses import JsonAnswer, NotModified, Outdated, report_answer
from automator.server.shared.rule_files import (
    checked_name,
    conflict_with,
    errors_in,
    name_to_save,
    problems_with,
    rule_file,
    rule_files,
)
from automator.server.shared.rule_list import rules_page
from automator.server.tryout.audience_text import NOBODY_MORE, audience_text
from automator.server.tryout.audiences import audience_of
from automator.server.tryout.previews import DEFAULT_EVENTS, preview_of
from automator.server.tryout.recent_events import MOST_EVENTS
from automator.server.tryout.requests import TryRequest
from automator.server.tryout.rules import MOST_FILES, try_with
from automator.server.tryout.trial_text import trial_text
from automator.server.web.request_context import RequestContext
from automator.server.web.security import RequestError, Role, error_json

calls = Calls()


# --- Files ---


@calls.declare("GET /api/rules", Role.VIEWER, group="rules", parameters=PAGE_PARAMETERS)
async def get_rules(context: RequestContext) -> JsonAnswer[RulesJson]:
    """A page of the active rules, in the order in which they decide, and all files with etags."""
    services, rulebook = context.services, context.services.rulebook
    active = rulebook.active
    files = await rule_files(services)
    page = partial(
        rules_page,
        services.store.log,
        active.rule_set,
        cursor=context.query(CURSOR.name),
        limit=limit_of(context),
        totals=services.store.totals(),
        is_awaited=context.is_awaited,
    )
    return JsonAnswer(
        {
            "revision": active.revision,
            **await asyncio.to_thread(page),
            "files": [
                {"name": file.name, "etag": file.etag, "state": rulebook.state_of(file.name)}
                for file in files.values()
            ],
            "problems": _problems(context, sorted(rulebook.problems)),
        }
    )


@calls.declare("GET /api/rules/{file:path}", Role.VIEWER, group="rules", headers=("If-None-Match",))
async def get_rule_file(context: RequestContext) -> JsonAnswer[RuleFileJson] | NotModified:
    """A rule file; its etag is also in the header. 304 if If-None-Match has the same etag."""
    file = await rule_file(context.services, context.path("file"))
    if _tag_in(context, "if-none-match") == file.etag:
        return NotModified({"etag": f'"{file.etag}"'})
    body = {"name": file.name, "text": file.text, "etag": file.etag}
    return JsonAnswer(body, headers={"etag": f'"{file.etag}"'})


class RuleText(Body):
    """The new text of a rule file."""

    example: ClassVar[Mapping[str, Any]] = {"text": "rules: …"}
    text: str


@calls.declare(
    "PUT /api/rules/{file:path}",
    Role.EDITOR,
    acts.rules_changed,
    group="rules",
    errors=(422, 428),
    headers=("If-Match", "If-None-Match"),
)
async def put_rule_file(
    context: RequestContext, body: RuleText
) -> JsonAnswer[SavedFileJson] | Outdated[ChangedFileJson]:
    """Saves a rule file: If-Match has the etag of the text that was read.

    `If-None-Match: *` makes a new file.
    """
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


@calls.declare(
    "DELETE /api/rules/{file:path}",
    Role.EDITOR,
    acts.rules_changed,
    group="rules",
    errors=(422, 428),
    headers=("If-Match",),
)
async def delete_rule_file(
    context: RequestContext,
) -> JsonAnswer[DeletedFileJson] | Outdated[ChangedFileJson]:
    """Deletes a rule file, whose etag is in If-Match; its rules are no longer in force."""
    file = await rule_file(context.services, context.path("file"))
    etag = _wanted_etag(context)
    try:
        active = await context.services.rulebook.delete(
            file.name, if_match=etag or "", author=context.actor.name
        )
    except ConflictError as conflict:
        return await _conflict(context, file.name, file.text, conflict)
    return JsonAnswer({"name": file.name, "revision": active.revision})


class PlannedTexts(Body):
    """New texts of rule files by name, null to delete one, and optionally of automator.yaml."""

    example: ClassVar[Mapping[str, Any]] = {"files": {"prices.yaml": "rules: …", "old.yaml": None}}
    files: dict[str, str | None] = Field(max_length=MOST_FILES)
    settings: str | None = Field(default=None, max_length=MAX_BYTES)


@calls.declare("POST /api/plan", Role.VIEWER, acts.NO_CHANGE, group="rules", errors=(403, 404))
async def post_plan(context: RequestContext, body: PlannedTexts) -> JsonAnswer[PlanJson]:
    """Plans new texts of rule files: what would change, end, and have been decided otherwise.

    A plan of automator.yaml is for admins, and with a token needs the scope `settings`.
    """
    services, actor = context.services, context.actor
    await _known_etags(context, body.files)
    if body.settings is not None and (actor.role < Role.ADMIN or "settings" not in actor.scopes):
        raise RequestError(
            403,
            "forbidden",
            N_("automator.yaml is planned for admins alone."),
            fix=N_("Plan the folder of the rule files without it, or ask as an admin."),
        )
    choices = await form_choices(services)
    plan = partial(plan_of, services, body.files, body.settings, choices)
    return JsonAnswer((await context.work(plan, is_long=True)).as_json(context.translator))


class AppliedTexts(Body):
    """New texts of rule files by name, null to delete one, and the revision that they replace."""

    example: ClassVar[Mapping[str, Any]] = {**PlannedTexts.example, "revision": 41}
    files: dict[str, str | None] = Field(max_length=MOST_FILES)
    revision: int = Field(strict=True, ge=0)


@calls.declare("POST /api/rules", Role.EDITOR, acts.rules_changed, group="rules", errors=(409, 422))
async def post_rule_files(context: RequestContext, body: AppliedTexts) -> JsonAnswer[RevisionJson]:
    """Saves and deletes several rule files as one revision."""
    rulebook = context.services.rulebook
    # A change on disk that is not in force yet is somebody's change too.
    await rulebook.reload_if_changed()
    etags = await _known_etags(context, body.files)
    author = context.actor.name
    active = await rulebook.change(body.files, etags, author=author, after=body.revision)
    return JsonAnswer({"revision": active.revision})


async def _known_etags(context: RequestContext, names: Iterable[str]) -> dict[str, str]:
    """The etags of those files that exist.

    Raises:
        UsageError: there is no file with one of the names, and a new file may not have it.
    """
    known = await rule_files(context.services)
    for name in names:
        if name not in known:
            checked_name(name)
    return {name: known[name].etag for name in names if name in known}


class ShadowText(RuleText):
    """The new text of a rule file, and the etag of the text that was read; "" for a new file."""

    example: ClassVar[Mapping[str, Any]] = {"text": "rules: …", "etag": ""}
    etag: str


@calls.declare(
    "PUT /api/shadow/{file:path}",
    Role.EDITOR,
    acts.rules_changed,
    group="shadow",
    errors=(409, 422),
)
async def put_shadow_file(
    context: RequestContext, body: ShadowText
) -> JsonAnswer[SavedFileJson] | Outdated[ChangedFileJson]:
    """Saves a rule file in which every rule has `mode: shadow`, so that it sends nothing.

    `etag` is the etag of the text that was read, or "" for a new file. A file with live rules is
    left alone: a person changes these, and makes rules live.
    """
    services, name = context.services, await name_to_save(context.services, context.path("file"))
    try:
        active = await save_in_shadow(services, name, body.text, body.etag, context.actor.name)
    except ConflictError as conflict:
        return await _conflict(context, name, body.text, conflict)
    etag = etag_of(active.rule_set.files[name])
    return JsonAnswer({"name": name, "etag": etag, "revision": active.revision})


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


# --- Rules in force ---


@calls.declare("GET /api/audiences/{rule}", Role.VIEWER, group="rules", parameters=(AS_TEXT,))
async def get_audience(context: RequestContext) -> JsonAnswer[AudienceJson | TextJson]:
    """The contacts to whom a rule would write now, why others are left out, and past firings."""
    found = await audience_of(context, context.path("rule"))
    return report_answer(context, found, audience_text)


@calls.declare(
    "POST /api/audiences/{rule}/stop",
    Role.EDITOR,
    acts.firing_ended_by_hand,
    group="rules",
    parameters=(AS_TEXT,),
)
async def post_stop_firing(
    context: RequestContext,
) -> JsonAnswer[AudienceJson | StoppedFiringJson | TextJson]:
    """Stops the current firing from taking more people."""
    rule = context.path("rule")
    await context.services.firings.stop(rule, context.actor.name)
    try:
        return await get_audience(context)
    except NotFoundError:
        # The firing is stopped even if its rule cannot be read now, or is gone.
        return JsonAnswer({"rule": rule, "text": context.translator(NOBODY_MORE, rule=rule)})


class PromotionBody(Body):
    """The revision of the rules that was looked at."""

    example: ClassVar[Mapping[str, Any]] = {"revision": 41}
    revision: StrictInt


@calls.declare(
    f"POST {PROMOTION.path}", Role.EDITOR, acts.rules_changed, group="promotions", errors=(409, 422)
)
async def post_promotion(context: RequestContext, body: PromotionBody) -> JsonAnswer[PromotedJson]:
    """Makes a rule live for everybody: takes `mode: shadow` and `rollout` out of its file.

    `revision` is the one that was compared. If another one is in force, nothing changes.
    """
    rule, services = context.path("rule"), context.services
    file = await promote(services, rule, context.actor.name, body.revision)
    return JsonAnswer({"rule": rule, "file": file, "revision": services.rulebook.active.revision})


class CloneBody(Body):
    """The connection whose rules are cloned, and the connection of the clones."""

    example: ClassVar[Mapping[str, Any]] = {"from": "shop", "to": "second-shop"}
    old: str = Field(alias="from")
    new: str = Field(alias="to")


@calls.declare("POST /api/clones/plan", Role.EDITOR, acts.NO_CHANGE, group="clones", errors=(404,))
async def post_clone_plan(context: RequestContext, body: CloneBody) -> JsonAnswer[ClonesJson]:
    """The clones that the rules of a connection would be for another one; nothing is saved."""
    plan = await clone_plan(context.services, body.old, body.new, context.actor.name)
    return _clones(context, plan, None)


@calls.declare(
    "POST /api/clones", Role.EDITOR, acts.rules_changed, group="clones", errors=(404, 409, 422)
)
async def post_clones(context: RequestContext, body: CloneBody) -> JsonAnswer[ClonesJson]:
    """Clones the rules of a connection for another one, in new files that are switched off."""
    plan = await clone_plan(context.services, body.old, body.new, context.actor.name)
    active = await clone_rules(context.services, plan, context.actor.name)
    return _clones(context, plan, active.revision)


def _clones(
    context: RequestContext, plan: ClonePlan, revision: int | None
) -> JsonAnswer[ClonesJson]:
    say = context.translator.say
    return JsonAnswer(
        {
            "clones": [
                {"rule": rule, "clone": clone, "file": file.name}
                for file in plan.files
                for rule, clone in file.ids.items()
            ],
            "left_out": [
                {"rule": one.rule, "file": one.file, **reason_with_sentence(one.reason, say)}
                for one in plan.left_out
            ],
            "problems": _problems(context, [item for file in plan.files for item in file.warnings]),
            "doubts": [
                {"file": file.name, "line": line, "text": text}
                for file in plan.files
                for line, text in file.doubts.items()
            ],
            "revision": revision,
        }
    )


# --- A text that somebody is writing ---


class FileText(RuleText):
    """The name and text of a rule file."""

    example: ClassVar[Mapping[str, Any]] = {"file": "prices.yaml", "text": "rules: …"}
    file: str


@calls.declare("POST /api/check", Role.VIEWER, acts.NO_CHANGE, group="rules")
async def post_check(context: RequestContext, body: FileText) -> JsonAnswer[CheckedJson]:
    """The problems that a rule file with this text would have; `ok` means that it can be saved."""
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


class Place(Body):
    """A place in the text of a rule file."""

    example: ClassVar[Mapping[str, Any]] = {"text": "rules: …", "position": 7}
    text: str = Field(max_length=MAX_BYTES)
    #: The offset in characters; an offset outside of the text means the nearer end of the text.
    position: StrictInt


@calls.declare("POST /api/complete", Role.VIEWER, acts.NO_CHANGE, group="assistance")
async def post_complete(context: RequestContext, body: Place) -> JsonAnswer[CompletionJson]:
    """The words that can be written at the offset `position` of `text`."""
    work = partial(complete, body.text, _offset(body), await _known(context))
    completion = await context.services.assistance.run(work, of=context.actor.name)
    return JsonAnswer(completion_as_data(completion, context.translator))


@calls.declare("POST /api/hover", Role.VIEWER, acts.NO_CHANGE, group="assistance")
async def post_hover(context: RequestContext, body: Place) -> JsonAnswer[AboutJson]:
    """The explanation of the word at the offset `position` of `text`."""
    work = partial(explain, body.text, _offset(body), await _known(context))
    about = await context.services.assistance.run(work, of=context.actor.name)
    return JsonAnswer(about_as_data(about, context.translator))


async def _known(context: RequestContext) -> Knowledge:
    return await context.services.knowledge.now(context.services.rulebook.active.rule_set)


def _offset(place: Place) -> int:
    return min(max(place.position, 0), len(place.text))


class TryBody(TryRequest):
    """The request for a try, and optionally rules in place of the rules in force."""

    #: The tried rules: one file with its text in place of the saved text, or all files.
    file: str | None = None
    text: str | None = None
    files: dict[str, str] | None = Field(default=None, max_length=MOST_FILES)
    #: "text" for an answer in words.
    answer_as: Literal["text"] | None = Field(default=None, alias="as")


@calls.declare("POST /api/try", Role.VIEWER, acts.NO_CHANGE, group="tries", errors=(404, 422))
async def post_try(context: RequestContext, body: TryBody) -> JsonAnswer[TrialJson | TextJson]:
    """Tries an event with the rules in force, or with rules of the request.

    Viewers may call it too, because it sends and stores nothing.
    """
    wanted = body.model_dump(by_alias=True, exclude_unset=True)
    as_text = wanted.pop("as", None) == "text"
    trial = await try_with(context, wanted)
    if as_text:
        return JsonAnswer({"text": trial_text(trial, context.translator, body.rule)})
    return JsonAnswer(trial.as_json())


class PreviewBody(FileText):
    """The name and text of a rule file, and the number of latest events for its preview."""

    example: ClassVar[Mapping[str, Any]] = {**FileText.example, "limit": DEFAULT_EVENTS}
    limit: StrictInt = Field(default=DEFAULT_EVENTS, ge=1, le=MOST_EVENTS)


@calls.declare("POST /api/preview", Role.VIEWER, acts.NO_CHANGE, group="tries")
async def post_preview(context: RequestContext, body: PreviewBody) -> JsonAnswer[PreviewedJson]:
    """Previews a rule file on the latest events: matches, messages, differences to saved rules.

    Viewers may call it too, because it sends and stores nothing.
    """
    found = await preview_of(context, body.file, body.text, body.limit)
    return JsonAnswer(
        {
            "ok": found.preview is not None,
            "samples": found.are_samples,
            "problems": _problems(context, found.problems),
            "preview": None if found.preview is None else found.preview.as_json(),
        }
    )


@calls.declare("POST /api/tests", Role.VIEWER, acts.NO_CHANGE, group="tries")
async def post_tests(context: RequestContext, body: FileText) -> JsonAnswer[TestedFileJson]:
    """Runs the tests in the text of a rule file, on the engine with a simulated clock.

    `broken` means that the text has errors, which a check lists. `left_out` counts the tests for
    which there was no time. Viewers may call it too, because it sends and stores nothing.
    """
    name = await name_to_save(context.services, body.file)
    tested = await test_file(context.services, name, body.text, context.actor.name)
    return JsonAnswer(
        {
            "ok": not (tested.is_broken or tested.failed or tested.left_out),
            "broken": tested.is_broken,
            "left_out": tested.left_out,
            "tests": [result_json(one, context.translator) for one in tested.results],
        }
    )
