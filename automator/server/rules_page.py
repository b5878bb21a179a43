"""The rules: the list, and the editor of one file. Everything works without JavaScript."""

import asyncio

from starlette.responses import RedirectResponse, Response

from automator.engine.rulebook import RulesRefusedError
from automator.model import ConflictError, Problem, UsageError
from automator.server.pages import render
from automator.server.rule_files import (
    checked_name,
    difference,
    errors_in,
    problems_with,
    rule_file,
    rule_files,
)
from automator.server.security import Role
from automator.server.visit import Visit
from automator.store import HOUR_MS

_SEE_OTHER = 303
STARTER = """\
rules:
  - id: my-first-rule
    name: Answer price questions
    trigger: {event: comment.created}
    conditions:
      - keywords(event.text, ['giá', 'bao nhiêu'])
    actions:
      - reply: "Chào {{ event.actor.name }}, shop đã nhắn tin cho bạn ạ."
"""


async def show_rules(visit: Visit) -> Response:
    """The active rules, the files, and what keeps newer files from being used."""
    rulebook = visit.services.rulebook
    files = await rule_files(visit.services)
    active = rulebook.active
    schedules = await visit.services.schedules.states()
    day = visit.now_ms - 24 * HOUR_MS
    counts = await asyncio.to_thread(visit.services.store.log.rule_counts, day)
    return render(
        visit,
        "rules.html",
        schedules={state.rule: state for state in schedules},
        counts=counts,
        active=active,
        rules=[compiled.spec for compiled in active.rule_set.rules],
        files=sorted(files),
        problems=sorted(rulebook.problems),
        refused=errors_in(rulebook.problems) > 0,
    )


async def new_rule_file(visit: Visit) -> Response:
    """Opens the editor for a file that does not exist yet."""
    name = visit.query("name")
    if not name:
        return RedirectResponse("/rules", _SEE_OTHER)
    if "." not in name:
        name += ".yaml"
    if checked_name(name) in await rule_files(visit.services):
        return RedirectResponse(f"/rules/{name}", _SEE_OTHER)
    return _editor(visit, name, STARTER, etag="", problems=[], is_saved=False)


async def edit_rules(visit: Visit) -> Response:
    """The editor of one file."""
    file = await rule_file(visit.services, visit.path("file"))
    # A page that only shows what is on disk does not compute what is known of it.
    known = visit.services.rulebook.problems
    problems = sorted(known, key=lambda problem: (problem.file != file.name, problem))
    return _editor(visit, file.name, file.text, etag=file.etag, problems=problems, is_saved=True)


async def save_rules(visit: Visit) -> Response:
    """Checks or saves what the editor holds, as the pressed button says."""
    name = checked_name(visit.path("file"))
    text, etag = _text_in(visit), visit.form.get("etag", "")
    if visit.form.get("do") == "check":
        problems = await problems_with(visit, name, text)
        return _editor(
            visit, name, text, etag=etag, problems=problems, is_saved=False, checked=True
        )
    try:
        await visit.services.rulebook.save(
            name, text, if_match=etag or None, author=visit.actor.name
        )
    except RulesRefusedError as refused:
        problems = sorted(refused.problems, key=lambda problem: (problem.file != name, problem))
        return _editor(visit, name, text, etag=etag, problems=problems, is_saved=False, status=422)
    except ConflictError:
        return await _conflict(visit, name, text)
    return RedirectResponse(f"/rules/{name}?saved=1", _SEE_OTHER)


async def check_rules(visit: Visit) -> Response:
    """The list of problems alone, for the editor while somebody types."""
    name = checked_name(visit.form.get("file", ""))
    text = _text_in(visit)
    problems = await problems_with(visit, name, text)
    return render(visit, "problems.html", name=name, problems=problems, errors=errors_in(problems))


def _text_in(visit: Visit) -> str:
    """The text of the form. Browsers send CR LF for every end of a line.

    Raises:
        UsageError: the form has none.
    """
    text = visit.form.get("text")
    if text is None:
        raise UsageError("the form has no text", fix="Reload the page and try again.")
    return text.replace("\r\n", "\n")


def _editor(
    visit: Visit,
    name: str,
    text: str,
    *,
    etag: str,
    problems: list[Problem],
    is_saved: bool,
    checked: bool = False,
    status: int = 200,
) -> Response:
    return render(
        visit,
        "editor.html",
        status=status,
        name=name,
        text=text,
        etag=etag,
        problems=problems,
        errors=errors_in(problems),
        is_saved=is_saved,
        checked=checked or is_saved,
        just_saved=is_saved and visit.query("saved") == "1",
        may_save=visit.may(Role.EDITOR),
    )


async def _conflict(visit: Visit, name: str, text: str) -> Response:
    """Both texts and their difference: nothing is overwritten without being seen."""
    current = (await rule_files(visit.services)).get(name)
    theirs = current.text if current else ""
    names = visit.words("as it is now"), visit.words("yours")
    lines = await asyncio.to_thread(difference, theirs, text, *names)
    return render(
        visit,
        "conflict.html",
        status=409,
        name=name,
        mine=text,
        theirs=theirs,
        etag=current.etag if current else "",
        exists=current is not None,
        lines=lines,
    )
