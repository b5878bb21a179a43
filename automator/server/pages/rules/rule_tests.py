"""Runs the tests of a rule file beside its editor, and makes tests from events."""

from dataclasses import asdict
from urllib.parse import urlencode

from automator.model import NotFoundError, UsageError, format_id
from automator.server.editing.conflicts import change_of
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.pages.rules.edited_text import text_in
from automator.server.pages.rules.rule_editor import show_text
from automator.server.rule_tests.event_tests import WantedTest, save_event_as_test, text_with_test
from automator.server.rule_tests.file_tests import test_file
from automator.server.rule_tests.report import result_text
from automator.server.shared.rule_files import edit_between


async def run_here(context: RequestContext) -> Response:
    """Runs the tests in the text of the form.

    The page's script gets only the results; without the script, the whole editor is sent.
    """
    name, text = context.form.get("file", ""), text_in(context)
    tested = await test_file(context.services, name, text, context.actor.name)
    if context.request.headers.get("x-fragment"):
        return render(context, "rule_tests.html", tested=tested, in_words=result_text)
    etag = context.form.get("etag", "")
    return await show_text(context, name, text, etag=etag, problems=[], tested=tested)


async def save_test_of_event(context: RequestContext) -> Response:
    """The buttons that save a test made from an event; the page of the event offers to undo it."""
    event_id, rule = context.id_in_path(), context.form.get("rule", "")
    wanted = WantedTest(event_id=event_id, rule=rule, expect=context.form.get("expect", ""))
    saved = await save_event_as_test(context.services, wanted, context.actor.name)
    shown = {"tested": rule, "revision": saved.revision, "passes": int(saved.passes)}
    return see_other(f"/events/{format_id(event_id)}?{urlencode(shown)}")


async def add_test_to_text(context: RequestContext) -> Response:
    """The buttons beside the preview that add a test to the text in the editor, without saving.

    The page's script gets only the change of the text; without it, the whole editor is sent.
    """
    name, text = context.query("file"), text_in(context)
    lines, refused, written = None, None, text
    try:
        wanted = WantedTest(
            event_id=context.id_in_query("event") or 0,
            rule=context.query("rule"),
            expect=context.query("expect"),
        )
        written = await text_with_test(context.services, name, text, wanted, context.actor.name)
        lines = await change_of(context.services, name, written)
    except (NotFoundError, UsageError) as error:
        # The page shows the error, and the text in the form stays.
        refused = error
    if context.request.headers.get("x-fragment"):
        edit = asdict(edit_between(text, written))
        return render(context, "kept_test.html", lines=lines, edit=edit, refused=refused)
    etag = context.form.get("etag", "")
    return await show_text(
        context, name, written, etag=etag, problems=[], difference=lines, refused_test=refused
    )
