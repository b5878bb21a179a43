"""The page of the link that opens a conversation with an account, with its QR code."""

from automator.model import NotFoundError
from automator.server.pages import RequestContext, Response, render
from automator.server.setup.chat_links import chat_link, refs_of


async def show_chat_link(context: RequestContext) -> Response:
    """The link with the `ref` or the `text` from the address, and the refs that rules look for."""
    services = context.services
    provider = services.connection_named(context.path("name"))
    try:
        link, unknown = chat_link(provider, context.query("ref"), context.query("text")), None
    except NotFoundError as error:
        link, unknown = None, error
    return render(
        context,
        "chat_link.html",
        provider=provider,
        link=link,
        unknown=unknown,
        refs=refs_of(services.rulebook.active.rule_set),
    )
