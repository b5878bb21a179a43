"""Reads, saves and compares the text of a rule file that the editor or the form sends."""

from collections.abc import Awaitable, Callable

from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.model import N_, ConflictError, UsageError
from automator.server.editing.conflicts import conflict_of
from automator.server.editing.form_choices import form_choices
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.rule_tests.changes_of_saving import changes_of_saving


def text_in(context: RequestContext) -> str:
    """The text in the form, with LF for the CR LF that browsers send at every line end.

    Raises:
        UsageError: the form has no text.
    """
    text = context.form.get("text")
    if text is None:
        raise UsageError(N_("the form has no text"), fix=N_("Reload the page and try again."))
    return text.replace("\r\n", "\n")


async def save_text(
    context: RequestContext,
    name: str,
    text: str,
    etag: str,
    *,
    show: Callable[..., Awaitable[Response]],
    address: str,
) -> Response:
    """Saves a text and goes to `address`, or shows it again by `show` if it is not saved.

    A text with errors is not saved, nor one whose unexpected changes or failed tests the person
    should see first.
    """
    choices = await form_choices(context.services)
    changes = await changes_of_saving(context, name, text, etag, choices)
    if changes is not None and changes.asks:
        return await show(problems=[], changes=changes)
    try:
        await context.services.rulebook.save(
            name, text, if_match=etag or None, author=context.actor.name
        )
    except RulesRefusedError as refused:
        return await show(problems=refused.problems, status=422)
    except ConflictError:
        return await show_conflict(context, name, text, etag)
    failing = changes.tested.failed if changes and changes.tested else 0
    return see_other(f"{address}&failing={failing}" if failing else address)


async def show_conflict(context: RequestContext, name: str, text: str, etag: str) -> Response:
    """The page of a conflict: both texts, the changes of each, and a merged text if possible."""
    conflict = await conflict_of(context.services, name, text, etag)
    return render(
        context,
        "conflict.html",
        status=409,
        name=name,
        mine=text,
        theirs=conflict.current.text if conflict.current else "",
        etag=conflict.current.etag if conflict.current else "",
        exists=conflict.current is not None,
        conflict=conflict,
    )
