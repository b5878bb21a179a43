"""Answers the search field of every page: finds pages, rules, files, people, and ids."""

import asyncio
from collections.abc import Iterator
from itertools import chain, islice
from urllib.parse import quote

from automator.conditions import fold
from automator.model import N_, format_id, parse_id, record
from automator.server.pages import RequestContext, Response, render
from automator.server.pages.people.contacts import find_people
from automator.server.pages.rule_search import RuleSearch
from automator.server.shared.contacts import address_of
from automator.server.web.navigation import navigation
from automator.server.web.rule_view import rule_address

_LONGEST = 100
_MOST_OF_A_KIND = 6


@record(kw_only=False)
class Found:
    """A result: something with a page of its own."""

    kind: str
    title: str
    address: str
    hint: str = ""


async def show_found(context: RequestContext) -> Response:
    """The results for a text: as a page, or only the list, which the script of a page asks for."""
    text = context.query("q").strip()[:_LONGEST]
    found = await asyncio.to_thread(_found, context, text)
    is_part = context.request.headers.get("x-fragment")
    return render(context, "found.html" if is_part else "find.html", found=found, text=text)


def _found(context: RequestContext, text: str) -> list[Found]:
    """The results for a text, at most `_MOST_OF_A_KIND` of each kind; blocks.

    Without a text, all pages of the navigation.
    """
    kinds = [_pages(context, text)]
    if text:
        of_rules = [_rules(context, text), _files(context, text)]
        kinds = [_by_id(context, text), *kinds, *of_rules, _people(context, text)]
    most = None if not text else _MOST_OF_A_KIND
    return [item for kind in kinds for item in islice(kind, most)]


def _by_id(context: RequestContext, text: str) -> Iterator[Found]:
    number, log = parse_id(text), context.services.store.log
    if number is None:
        return
    if log.run(number) is not None:
        yield Found(N_("Run"), format_id(number), f"/runs/{format_id(number)}")
    if log.event(number) is not None:
        yield Found(N_("Event"), format_id(number), f"/events/{format_id(number)}")


def _pages(context: RequestContext, text: str) -> Iterator[Found]:
    for group in navigation(context):
        for item in group.items:
            title = context.translator(item.text)
            if fold(text) in fold(title):
                yield Found(N_("Page"), title, item.path)


def _rules(context: RequestContext, text: str) -> Iterator[Found]:
    """The rules with the text in their names, and then the rules with the text elsewhere."""
    search = RuleSearch(text)
    specs = [rule.spec for rule in context.services.rulebook.active.rule_set.rules]
    named = list(filter(search.names, specs))
    others = (spec for spec in specs if not search.names(spec) and search.finds(spec))
    for spec in chain(named, others):
        yield Found(N_("Rule"), spec.name or spec.id, rule_address(spec.place), spec.place.file)


def _files(context: RequestContext, text: str) -> Iterator[Found]:
    book = context.services.rulebook
    names = {rule.spec.place.file for rule in book.active.rule_set.rules}
    for name in sorted(names | {problem.file for problem in book.problems}):
        if fold(text) in fold(name):
            yield Found(N_("Rule file"), name, f"/rules/{quote(name)}")


def _people(context: RequestContext, text: str) -> Iterator[Found]:
    for row in find_people(context.services, text):
        connection, _, number = (row.contact or "").partition(":")
        address = address_of(connection, number)
        yield Found(N_("Contact"), row.actor_name or number, address, row.text or "")
