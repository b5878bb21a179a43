"""The rules: the list, and the editor of one file. Everything works without JavaScript."""

import asyncio
from urllib.parse import quote, urlencode

from starlette.responses import RedirectResponse, Response

from automator.engine.rulesets.rulebook import RulesRefusedError
from automator.model import ConflictError, Problem, UsageError
from automator.server.shared.rule_files import (
    checked_name,
    difference,
    errors_in,
    name_to_save,
    problems_with,
    rule_file,
    rule_files,
)
from automator.server.shared.starter import starter_for
from automator.server.web.request_context import Visit
from automator.server.web.security import Role
from automator.server.web.templates import render
from automator.store import HOUR_MS

_SEE_OTHER = 303


async def show_rules(visit: Visit) -> Response:
    """The active rules, and the files with what is wrong with them."""
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
        files=[(name, rulebook.state_of(name)) for name in files],
        problems=sorted(rulebook.problems),
        connections=list(visit.services.connections.values()),
        deleted=visit.query("deleted"),
    )


async def new_rule_file(visit: Visit) -> Response:
    """Opens the editor for a file that does not exist yet."""
    name = visit.query("name")
    if not name:
        return RedirectResponse("/rules", _SEE_OTHER)
    if "." not in name:
        name += ".yaml"
    if checked_name(name) in await rule_files(visit.services):
        return RedirectResponse(_address(name), _SEE_OTHER)
    text = starter_for(visit.query("for"), visit.services.connections)
    return _editor(visit, name, text, etag="", problems=[], is_saved=False)


async def edit_rules(visit: Visit) -> Response:
    """The editor of one file."""
    file = await rule_file(visit.services, visit.path("file"))
    # A page that only shows what is on disk does not compute what is known of it.
    problems = [item for item in visit.services.rulebook.problems if item.file == file.name]
    return _editor(visit, file.name, file.text, etag=file.etag, problems=problems, is_saved=True)


async def save_rules(visit: Visit) -> Response:
    """Checks, saves or deletes what the editor holds, as the pressed button says."""
    name = await name_to_save(visit.services, visit.path("file"))
    etag = visit.form.get("etag", "")
    if visit.form.get("do") == "delete":
        return await _delete(visit, name, etag)
    text = _text_in(visit)
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
        problems = refused.problems
        return _editor(visit, name, text, etag=etag, problems=problems, is_saved=False, status=422)
    except ConflictError:
        return await _conflict(visit, name, text)
    return RedirectResponse(f"{_address(name)}?saved=1", _SEE_OTHER)


async def _delete(visit: Visit, name: str, etag: str) -> Response:
    """Deletes a file, unless it has become another one since the person opened it.

    Raises:
        ConflictError: it has.
    """
    await visit.services.rulebook.delete(name, if_match=etag, author=visit.actor.name)
    return RedirectResponse(f"/rules?{urlencode({'deleted': name})}", _SEE_OTHER)


def _address(name: str) -> str:
    return f"/rules/{quote(name)}"


async def check_rules(visit: Visit) -> Response:
    """The list of problems alone, for the editor while somebody types."""
    name = visit.form.get("file", "")
    text = _text_in(visit)
    problems = await problems_with(visit, name, text)
    errors = errors_in(problems, name)
    return render(visit, "problems.html", name=name, problems=problems, errors=errors)


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
        errors=errors_in(problems, name),
        is_saved=is_saved,
        checked=checked or is_saved,
        just_saved=is_saved and visit.query("saved") == "1",
        may_save=visit.may(Role.EDITOR),
        # A new file has no state yet.
        state=visit.services.rulebook.state_of(name) if etag else "",
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
