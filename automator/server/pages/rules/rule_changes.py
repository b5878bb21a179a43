"""The buttons on the list of rules: each changes one rule or file, and offers to undo that."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.model import whole_number
from automator.server.editing.clones import clone_plan, clone_rules
from automator.server.editing.promotions import promote
from automator.server.editing.rule_changes import (
    copy_rule,
    delete_rule,
    move_file,
    name_rule,
    say_names,
    switch_file,
    switch_rule,
    undo,
)
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.pages.rules.rule_list import address_of_list, show_rules

#: The changes, by the last parts of their addresses.
CHANGES = ("switch", "name", "copy", "clone", "drop", "move", "promote", "say", "undo")


async def show_clones(context: RequestContext) -> Response:
    """The clones that a connection's rules would be for another connection, with the button."""
    old, new = context.query("from"), context.query("to")
    is_asked = bool(old and new)
    plan = await clone_plan(context.services, old, new, context.actor.name) if is_asked else None
    connections = list(context.services.connections)
    return render(context, "clones.html", old=old, new=new, plan=plan, connections=connections)


async def change_here(change: str, context: RequestContext) -> Response:
    """Makes one of `CHANGES` with the values in the form, and shows the list again."""
    try:
        return await _changed(change, context)
    except RulesRefusedError as error:
        return await show_rules(context, refused=error.problems)


async def _changed(change: str, context: RequestContext) -> Response:
    services, form, author = context.services, context.form, context.actor.name
    file, rule = form.get("file", ""), form.get("rule", "")
    before, on = services.rulebook.active.revision, form.get("on") == "1"
    search = form.get("text", "").strip()
    place = await asyncio.to_thread(address_of_list, services, search, rule, file)
    did = ("on" if on else "off") if change == "switch" else change
    if change == "switch":
        one = switch_rule(services, file, rule, author, on=on) if rule else None
        active = await (one or switch_file(services, file, author, on=on))
    elif change == "name":
        active = await name_rule(services, file, rule, form.get("name", ""), author)
    elif change == "copy":
        active, form["rule"] = await copy_rule(services, file, rule, context.translator, author)
        place = await asyncio.to_thread(address_of_list, services, search, form["rule"], file)
    elif change == "clone":
        plan = await clone_plan(services, form.get("from", ""), form.get("to", ""), author)
        active = await clone_rules(services, plan, author)
    elif change == "drop":
        active = await delete_rule(services, file, rule, author)
    elif change == "move":
        active = await move_file(services, file, form.get("name", "").strip(), author)
    elif change == "promote":
        await promote(services, rule, author, whole_number(form.get("revision", "")) or 0)
        active = services.rulebook.active
    elif change == "say":
        active = await say_names(services, context.translator, author)
    else:
        active = await undo(services, whole_number(form.get("revision", "")) or 0, author)
        before, did = 0, "undo"
    if active.revision == before:
        did = ""
    return _back(context, place, did, active.revision)


def _back(context: RequestContext, place: Mapping[str, str], did: str, revision: int) -> Response:
    """Leads back to the page of the list, scrolled to the changed rule."""
    form = context.form
    rule, name = form.get("rule", ""), form.get("name", "").strip()
    about = {"rule": rule} if rule else {"file": name if did == "move" else form.get("file", "")}
    told = {"did": did, "revision": str(revision), **about} if did else {}
    if did == "undo":
        told = {"did": did}
    query = urlencode({**told, **place})
    anchor = f"#rule-{rule}" if rule and did != "drop" else ""
    return see_other(f"/rules{'?' if query else ''}{query}{anchor}")
