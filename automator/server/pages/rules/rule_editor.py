"""The editor of one rule file, as text; it works without JavaScript too."""

from bisect import bisect_right
from functools import partial
from urllib.parse import quote, urlencode

from automator.engine.explanation.bundle import MOST_PACKED
from automator.engine.tryout.trial_result import Trial
from automator.model import AutomatorError, Problem, whole_number
from automator.rules.editing.edits import rule_lines
from automator.server.assistance import fixes_as_data
from automator.server.editing.conflicts import change_of
from automator.server.editing.free_ids import free_name, start_of_ids
from automator.server.editing.starter_rule import file_from_event, starter_file
from automator.server.pages import RequestContext, Response, preferences, render, see_other
from automator.server.pages.rules.edited_text import save_text, show_conflict, text_in
from automator.server.pages.rules.rule_form import has_form, page_of_file, reading, show_form
from automator.server.rule_tests.changes_of_saving import SavedChanges
from automator.server.rule_tests.file_tests import TestedFile
from automator.server.rule_tests.report import result_text
from automator.server.shared.rule_files import (
    checked_name,
    errors_in,
    name_to_save,
    problems_with,
    rule_file,
    rule_files,
)
from automator.server.tryout.bundles import TriedBundle
from automator.server.tryout.choices import choices_of
from automator.server.tryout.previews import DEFAULT_EVENTS, Previewed, preview_of
from automator.server.web import rule_view
from automator.server.web.rule_view import View, as_view, is_just_saved, view_of
from automator.server.web.security import Role


async def new_rule_file(context: RequestContext) -> Response:
    """Opens a file that does not exist yet: with a starter rule, or with a rule from an event."""
    event_id = context.id_in_query("event")
    if event_id is not None:
        name, text, facts = await file_from_event(context.services, event_id, context.translator)
        return await show_form(context, name, text, etag="", facts=facts)
    name, files = context.query("name"), await rule_files(context.services)
    if not name and context.query("for"):
        name = free_name(start_of_ids(context.query("for")), files, ".yaml")
    if not name:
        return see_other("/rules")
    if "." not in name:
        name += ".yaml"
    if checked_name(name) in files:
        return see_other(_address(name))
    text = await starter_file(context.services, context.query("for"), context.translator)
    if (chosen := as_view(context.query("choose"))) is not None:
        return _remembered(context, name, "", chosen)
    if await _view(context, text) == "form":
        return await show_form(context, name, text, etag="")
    return await show_text(context, name, text, etag="", problems=[], is_saved=False)


async def edit_rules(context: RequestContext) -> Response:
    """Opens one file, as text or as a form."""
    file = await rule_file(context.services, context.path("file"))
    if (chosen := as_view(context.query("choose"))) is not None:
        return _remembered(context, file.name, file.etag, chosen)
    # The rulebook has the problems of the files on disk already.
    problems = [item for item in context.services.rulebook.problems if item.file == file.name]
    if await _view(context, file.text) == "form":
        return await show_form(
            context,
            file.name,
            file.text,
            etag=file.etag,
            index=await _rule_asked_for(context, file.text),
            problems=problems,
            is_saved=True,
        )
    return await show_text(
        context, file.name, file.text, etag=file.etag, problems=problems, is_saved=True
    )


async def _view(context: RequestContext, text: str) -> View | None:
    """The view that opens; None if nobody has chosen: the text, or the form on a narrow screen.

    A form that cannot be shown opens only if the address asks for it; it then says why.
    """
    view = view_of(context.request.query_params, context.request.cookies)
    if view == "text" or context.query("view"):
        return view
    return view if await reading(context, lambda: has_form(text)) else "text"


async def _rule_asked_for(context: RequestContext, text: str) -> int:
    """The index of the rule that an address names, by its index or by a line of the text."""
    if (line := whole_number(context.query("near"))) is not None:
        lines = await reading(context, lambda: rule_lines(text))
        return max(0, bisect_right(lines, line) - 1)
    return whole_number(context.query("rule")) or 0


def _remembered(context: RequestContext, name: str, etag: str, chosen: View) -> Response:
    """Opens the view that the person has chosen, and remembers the choice."""
    address = f"{page_of_file(context, name, etag, context.query('near'))}view={chosen}"
    return preferences.remember(context, rule_view.COOKIE, chosen, address)


async def save_rules(context: RequestContext) -> Response:
    """Checks, compares, saves or deletes the editor's text, by the button that was pressed."""
    name = await name_to_save(context.services, context.path("file"))
    etag = context.form.get("etag", "")
    if context.form.get("do") == "delete":
        return await _delete(context, name, etag)
    text = text_in(context)
    if context.form.get("do") == "compare":
        return await show_conflict(context, name, text, etag)
    if context.form.get("do") in ("check", "diff"):
        return await _show_unsaved(context, name, text, etag)
    show = partial(show_text, context, name, text, etag=etag)
    address = f"{_address(name)}?saved=1"
    return await save_text(context, name, text, etag, show=show, address=address)


async def _show_unsaved(context: RequestContext, name: str, text: str, etag: str) -> Response:
    """Shows the problems of a text, or the lines that saving it would change."""
    if context.form.get("do") == "check":
        problems = await problems_with(context, name, text)
        return await show_text(context, name, text, etag=etag, problems=problems, checked=True)
    lines = await change_of(context.services, name, text)
    if context.request.headers.get("x-fragment"):
        return render(context, "difference.html", lines=lines)
    return await show_text(context, name, text, etag=etag, problems=[], difference=lines)


async def _delete(context: RequestContext, name: str, etag: str) -> Response:
    """Deletes a file, unless it has changed since the person opened it.

    Raises:
        ConflictError: the file has changed.
    """
    await context.services.rulebook.delete(name, if_match=etag, author=context.actor.name)
    return see_other(f"/rules?{urlencode({'deleted': name})}")


def _address(name: str) -> str:
    return f"/rules/{quote(name)}"


async def check_rules(context: RequestContext) -> Response:
    """The list of problems alone, for the editor while the person types."""
    name = context.form.get("file", "")
    text = text_in(context)
    problems = await problems_with(context, name, text)
    errors = errors_in(problems, name)
    return render(
        context,
        "problems.html",
        name=name,
        problems=problems,
        errors=errors,
        fixes=await fixes_as_data(context, name, text, problems),
    )


async def show_text(
    context: RequestContext,
    name: str,
    text: str,
    *,
    etag: str,
    problems: list[Problem],
    is_saved: bool = False,
    checked: bool = False,
    status: int = 200,
    previewed: Previewed | None = None,
    trial: Trial | None = None,
    case: TriedBundle | None = None,
    refused_try: AutomatorError | None = None,
    difference: list[str] | None = None,
    tested: TestedFile | None = None,
    refused_test: AutomatorError | None = None,
    changes: SavedChanges | None = None,
) -> Response:
    """Shows the editor with a text, and with the results of a check, try, preview or test."""
    return render(
        context,
        "editor.html",
        status=status,
        name=name,
        text=text,
        etag=etag,
        problems=problems,
        fixes=await fixes_as_data(context, name, text, problems),
        errors=errors_in(problems, name),
        refused=status == 422,
        difference=difference,
        is_saved=is_saved,
        checked=checked or is_saved,
        previewed=previewed,
        trial=trial,
        case=case,
        most_packed=MOST_PACKED,
        refused_try=refused_try,
        tested=tested,
        refused_test=refused_test,
        changes=changes,
        in_words=result_text,
        choices=await choices_of(context.services, context.translator),
        address=page_of_file(context, name, etag, context.query("line") or context.query("near")),
        # A script asks for the width of the screen if nobody has chosen a view of the file.
        asks_width=context.request.method == "GET" and await _view(context, text) is None,
        just_saved=is_saved and is_just_saved(context.request.query_params),
        may_save=context.may(Role.EDITOR),
        # A new file has no state yet.
        state=context.services.rulebook.state_of(name) if etag else "",
    )


# --- The preview beside the editor ---


async def show_preview(context: RequestContext) -> Response:
    """The preview alone, for the page's script while a person types, or the editor with it."""
    name, text = context.form.get("file", ""), text_in(context)
    found = await preview_of(context, name, text, DEFAULT_EVENTS)
    if context.request.headers.get("x-fragment"):
        return render(context, "preview.html", previewed=found, name=name)
    etag = context.form.get("etag", "")
    return await show_text(context, name, text, etag=etag, problems=found.problems, previewed=found)
