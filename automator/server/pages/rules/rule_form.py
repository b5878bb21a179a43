"""The form of a rule for people who do not read YAML, as a view of the rule file's text.

Every button sends the whole text with the fields, and the server splices the changes into the text.
So nothing is stored before the person saves, and everything works without a script.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar
from urllib.parse import quote, urlencode

from automator.engine.explanation.bundle import MOST_PACKED
from automator.engine.tryout.trial_result import Trial
from automator.files.editing import SpliceError
from automator.language import Translator
from automator.model import AutomatorError, Problem, UsageError, record, whole_number
from automator.rules.editing.condition_groups import with_group
from automator.rules.editing.edits import data_of, rule_lines, rules_in
from automator.rules.editing.fields import apply_fields
from automator.rules.editing.form import PERSON_NAME, PERSON_TEXT, RuleForm, rule_form
from automator.rules.editing.form_changes import (
    addable,
    with_action,
    with_action_moved,
    with_later,
    with_new_test,
    with_rule,
    without_action,
)
from automator.rules.editing.step_forms import Choices
from automator.server.assistance import fix_buttons, text_with_fix
from automator.server.editing.form_choices import form_choices
from automator.server.editing.free_ids import free_rule_id
from automator.server.pages import RequestContext, Response, preferences, render, see_other
from automator.server.pages.rules.edited_text import save_text, show_conflict, text_in
from automator.server.rule_tests.changes_of_saving import SAVE, SAVE_ANYWAY, SavedChanges
from automator.server.rule_tests.report import result_text
from automator.server.shared.responses import JsonAnswer
from automator.server.shared.rule_files import errors_in, name_to_save, problems_with
from automator.server.tryout.bundles import TriedBundle
from automator.server.tryout.choices import choices_of
from automator.server.web import rule_view
from automator.server.web.rule_view import is_just_saved
from automator.server.web.security import Role

#: The value of a button that mends a problem begins with this.
_FIX = "fix:"

T = TypeVar("T")


async def show_form(
    context: RequestContext,
    name: str,
    text: str,
    *,
    etag: str,
    index: int = 0,
    problems: Sequence[Problem] = (),
    is_saved: bool = False,
    is_checked: bool = False,
    note: str = "",
    facts: Sequence[tuple[str, str]] = (),
    has_text_view: bool = True,
    status: int = 200,
    changes: SavedChanges | None = None,
    trial: Trial | None = None,
    case: TriedBundle | None = None,
    refused_try: AutomatorError | None = None,
) -> Response:
    """Shows the form of the rule with this index in a text; only problems if it cannot be read.

    `has_text_view` is False for a rule from the gallery: no address opens its unsaved text.
    """
    choices = await form_choices(context.services, name)
    shown = await reading(context, lambda: _shown(text, index, choices, problems))
    return render(
        context,
        "rule_form.html",
        status=status,
        name=name,
        text=text,
        etag=etag,
        index=index,
        rules=shown.rules,
        form=shown.form,
        values=_values(shown.form, context.translator) if shown.form else (),
        addable=addable(shown.form, choices) if shown.form else [],
        asking=choices.questions(),
        problems=problems,
        labels=shown.labels,
        fixes=await fix_buttons(context, name, text, problems),
        errors=errors_in(problems, name),
        is_saved=is_saved,
        is_checked=is_checked,
        just_saved=is_saved and is_just_saved(context.request.query_params),
        note=note,
        changes=changes,
        in_words=result_text,
        facts=facts,
        trial=trial,
        case=case,
        refused_try=refused_try,
        most_packed=MOST_PACKED,
        choices=await choices_of(context.services, context.translator),
        address="" if facts or not has_text_view else page_of_file(context, name, etag, shown.line),
        may_save=context.may(Role.EDITOR),
    )


@record
class _Shown:
    """The parts of the page that are read from the text of the file."""

    #: The names of the rules.
    rules: list[str]
    form: RuleForm | None
    #: For each problem, the label of the field that has it, or "".
    labels: list[str]
    #: The line at which the shown rule begins; "" for the first rule.
    line: str


def _values(form: RuleForm, say: Translator) -> list[tuple[str, str]]:
    """The values that a text may have. Values of the event have labels in the reader's language."""
    return [
        (say(label) if label in (PERSON_NAME, PERSON_TEXT) else label, placeholder)
        for label, placeholder in form.values
    ]


async def reading(context: RequestContext, work: Callable[[], T]) -> T:
    """Reads a text by `work` in the help thread, because a large text takes long.

    Raises:
        RequestError: too many people ask for help with writing (503).
    """
    return await context.services.assistance.run(work, of=context.actor.name)


def _shown(text: str, index: int, choices: Choices, problems: Sequence[Problem]) -> _Shown:
    rules = [rule for rule in rules_in(text) if isinstance(rule, dict)]
    form = rule_form(text, index, choices) if has_form(text, index) else None
    return _Shown(
        rules=[rule.get("name") or rule.get("id") or "?" for rule in rules],
        form=form,
        labels=[_field_of(problem, form) for problem in problems],
        line=_line_of(text, index),
    )


def _field_of(problem: Problem, form: RuleForm | None) -> str:
    """The label of the field whose value a problem underlines; "" if no field fits, or several."""
    start = problem.column - 1
    wrong = problem.source[start : start + problem.length].strip("'\"")
    fields = form.fields() if form else []
    found = [one for one in fields if wrong and one.value == wrong]
    # A mistake may be in a part of a text, such as a placeholder without its end.
    found = found or [one for one in fields if _stands_in(one.value, problem.source, start)]
    return found[0].label if len(found) == 1 else ""


def _stands_in(value: str, source: str, place: int) -> bool:
    """Whether some line of the value is in the source line of a file, around this column."""
    for line in filter(None, map(str.strip, value.split("\n"))):
        begin = source.find(line)
        if begin >= 0 and begin <= place < begin + len(line):
            return True
    return False


def has_form(text: str, index: int = 0) -> bool:
    """Whether the form can show this rule of a text; parts without a field are listed below it."""
    rules = rules_in(text)
    is_readable = data_of(text) is not None and index < len(rules)
    return is_readable and all(isinstance(rule, dict) for rule in rules)


async def leave_form(_context: RequestContext) -> Response:
    """Redirects a GET of the address to which forms are sent to the list of the rules."""
    return see_other("/rules")


async def change_form(context: RequestContext) -> Response:
    """Answers every button of the form: puts the changes into the text, and shows or saves it."""
    given = context.form
    name = await name_to_save(context.services, given.get("file", ""))
    text, etag = text_in(context), given.get("etag", "")
    index, do = whole_number(given.get("rule", "")) or 0, given.get("do", "apply")
    note, changed = "", text
    # `show` brings a new text as a draft; the fields belong to the text before.
    if do != "show":
        try:
            changed = await _changed(context, name, text, index, do)
        except (SpliceError, UsageError) as error:
            note = context.translator.error(error)[0]
    if do in (SAVE, SAVE_ANYWAY) and not note:
        return await _saved(context, name, changed, etag, index)
    if do == "compare":
        return await show_conflict(context, name, changed, etag)
    problems = await problems_with(context, name, changed)
    if do.startswith(_FIX):
        fixed = await text_with_fix(context, name, changed, problems, do.removeprefix(_FIX))
        if fixed is not None:
            changed, problems = fixed, await problems_with(context, name, fixed)
    if do == "text":
        # For the script of the page, while the person types.
        count = errors_in(problems, name)
        said = context.translator("{count} to mend before this can be saved", count=count)
        return JsonAnswer({"text": changed, "status": note or (said if count else "")})
    if do.startswith("rule:"):
        index = whole_number(do.removeprefix("rule:")) or 0
    elif do == "new-rule" and not note:
        index = len(await reading(context, lambda: rules_in(changed))) - 1
    return await show_form(
        context,
        name,
        changed,
        etag=etag,
        index=index,
        problems=problems,
        note=note,
        is_checked=do == "apply" or do.startswith(_FIX),
    )


async def _saved(context: RequestContext, name: str, text: str, etag: str, index: int) -> Response:
    """Saves the text; from then on files open in the form for this person, on a wide screen too."""
    show = partial(show_form, context, name, text, etag=etag, index=index)
    address = f"/rules/{name}?view=form&rule={index}&saved=1"
    response = await save_text(context, name, text, etag, show=show, address=address)
    if "location" in response.headers:
        preferences.set_preference(context, response, rule_view.COOKIE, "form")
    return response


async def _changed(context: RequestContext, name: str, text: str, index: int, do: str) -> str:
    """The text with the values of the fields, and with the change that a button (`do`) makes.

    A text that cannot be read stays unchanged.
    """
    choices = await form_choices(context.services, name)
    if do == "new-rule":
        here = await reading(context, lambda: rules_in(text))
        known = [str(rule.get("id")) for rule in here if isinstance(rule, dict)]
        new_id = await free_rule_id(context.services, "my-rule", known)
    else:
        new_id = ""
    return await reading(context, lambda: _edited(context, text, index, do, choices, new_id))


def _edited(
    context: RequestContext, text: str, index: int, do: str, choices: Choices, new_id: str
) -> str:
    if data_of(text) is None:
        return text
    form = rule_form(text, index, choices)
    kind, _, which = do.partition(":")
    # A group is added at the end, before the fields: their positions in the text stay valid.
    if kind == "group":
        text = with_group(text, form.conditions, which, context.translator)
    removed = which if kind == "ungroup" else ""
    text = apply_fields(text, form.fields(removed), context.form)
    if kind == "new-rule":
        return with_rule(text, form, new_id, context.translator, choices)
    if kind in ("add", "add-test", "later"):
        return _with_more(context, text, form, do, choices)
    if kind == "remove":
        return without_action(text, form, which)
    return with_action_moved(text, form, which, up=kind == "up") if kind in ("up", "down") else text


def _with_more(
    context: RequestContext, text: str, form: RuleForm, do: str, choices: Choices
) -> str:
    """The text with one more action in the rule or in a follow-up, one more follow-up or test."""
    kind, _, which = do.partition(":")
    if kind == "add-test":
        return with_new_test(text, form, context.translator)
    if kind == "later":
        return with_later(text, form, which, context.translator, choices)
    action = context.form.get(f"action.{which}" if which else "action", "")
    return with_action(text, form, action, context.translator, choices, which)


def _line_of(text: str, index: int) -> str:
    """The line of the file at which a rule begins, as a text; "" for the first rule."""
    lines = rule_lines(text) if index else []
    return str(lines[index]) if index < len(lines) else ""


def page_of_file(context: RequestContext, name: str, etag: str, near: str) -> str:
    """The address of a file's page, ending so that a parameter can be added.

    `near` is the line of a rule at which both views open. A new file, which has no etag, is made
    again from its starter.
    """
    if etag:
        return f"/rules/{quote(name)}?{f'near={whole_number(near)}&' if whole_number(near) else ''}"
    starter = {"name": name, "for": context.query("for")}
    return f"/rules/new?{urlencode({key: value for key, value in starter.items() if value})}&"
