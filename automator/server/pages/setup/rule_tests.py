"""The tests of a rule file beside its editor, and events that are kept as tests."""

from urllib.parse import quote

from starlette.responses import Response

from automator.server.pages.setup.rules import show_text, text_in
from automator.server.rule_tests.keeping import keep_as_test
from automator.server.rule_tests.report import result_text
from automator.server.rule_tests.running import test_file
from automator.server.web.redirects import see_other
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def run_here(context: RequestContext) -> Response:
    """How the tests of the text in the form go.

    The page's script gets the result alone, everybody else the editor with it.
    """
    name, text = context.form.get("file", ""), text_in(context)
    tested = await test_file(context.services, name, text, context.actor.name)
    if context.request.headers.get("x-fragment"):
        return render(context, "rule_tests.html", tested=tested, in_words=result_text)
    etag = context.form.get("etag", "")
    return await show_text(context, name, text, etag=etag, problems=[], tested=tested)


async def keep_event(context: RequestContext) -> Response:
    """The button that keeps an event as a test: to the rule's file, where the test stands now."""
    rule = context.form.get("rule", "")
    file = await keep_as_test(context.services, context.id_in_path(), rule, context.actor.name)
    return see_other(f"/rules/{quote(file)}?saved=1")
