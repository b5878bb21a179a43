"""Shows the preview beside the editor of a rule file: the effects of the text on latest events."""

from starlette.responses import Response

from automator.server.pages.rules.edited_text import text_in
from automator.server.pages.rules.rule_editor import show_text
from automator.server.tryout.previews import DEFAULT_EVENTS, preview_of
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def show_preview(context: RequestContext) -> Response:
    """The preview alone, for the page's script while a person types, or the editor with it."""
    name, text = context.form.get("file", ""), text_in(context)
    found = await preview_of(context, name, text, DEFAULT_EVENTS)
    if context.request.headers.get("x-fragment"):
        return render(context, "preview.html", previewed=found, name=name)
    etag = context.form.get("etag", "")
    return await show_text(context, name, text, etag=etag, problems=found.problems, previewed=found)
