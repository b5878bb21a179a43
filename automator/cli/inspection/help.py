"""`automator help`: prints a page of the documentation, or what the code of a message means."""

from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.output import say
from automator.model import N_, NotFoundError
from automator.resources import document_pages, document_text, explained_codes

if WORKING:
    from automator.files.spelling import did_you_mean

What = Annotated[
    str, typer.Argument(help="A page, such as `deploy`, or a code, such as `throttled`.")
]


def explain(what: What = "README") -> None:
    """Print a page of the documentation, or what the code of a message means.

    Without an argument: the list of all pages. A running server shows them under `/help/`.
    """
    pages = {name.rpartition("/")[2].removesuffix(".md"): name for name in document_pages()}
    pages |= {name.removesuffix(".md"): name for name in document_pages()}
    wanted = what.removeprefix("/help/").removesuffix(".md").removesuffix(".html")
    if wanted in pages:
        say(document_text(pages[wanted]))
        return
    rows = explained_codes().get(what)
    if rows is None:
        nearest = did_you_mean(what, [*pages, *explained_codes()])
        fix = N_("`automator help` lists the pages, and `automator --help` the commands.")
        if nearest:
            fix = N_("Did you mean '{nearest}'? `automator help` lists the pages.")
        raise NotFoundError(
            N_("there is no page and no code '{what}'"), fix=fix, what=what, nearest=nearest
        )
    for _page, cells in rows:
        say(": ".join([what, *filter(None, cells)]).replace("\\|", "|"))
