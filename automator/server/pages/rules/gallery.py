"""The pages of the gallery: all ready-made rules, and the form of one."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import urlencode

from automator.conditions import fold
from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.language import Translator
from automator.model import N_, Problem, UsageError
from automator.rules.editing.form import PERSON_NAME
from automator.rules.gallery.gallery import GALLERY
from automator.rules.gallery.gallery_rule import GOALS, GalleryConnection, GalleryField, GalleryRule
from automator.server.editing.gallery import (
    gallery_connections,
    known_gallery_rule,
    made_before,
    new_rule,
)
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.pages.rules.rule_form import show_form
from automator.server.shared.rule_files import problems_with
from automator.server.tryout.previews import DEFAULT_EVENTS, Previewed, preview_of
from automator.server.web.security import RequestError

#: A placeholder for a person's name, with a word for people without one.
_NAME: Final = re.compile(r"\{\{ (?:event\.actor|contact)\.name \| default\('[^']*'\) \}\}")


async def show_gallery(context: RequestContext) -> Response:
    """All ready-made rules, or those that a search finds, by what they are for; those that no
    connection can carry out are listed separately.
    """
    known = await gallery_connections(context.services)
    say, wanted = context.translator, fold(context.query("q"))
    found = [item for item in GALLERY if wanted in fold(f"{say(item.title)} {say(item.about)}")]
    fitting = {
        item.key: [name for name, around in known.items() if item.fits(around)] for item in found
    }
    groups = {
        title: [item for item in found if item.goal == goal and fitting[item.key]]
        for goal, title in GOALS.items()
    }
    return render(
        context,
        "gallery.html",
        groups={title: items for title, items in groups.items() if items},
        others=[item for item in found if not fitting[item.key]],
        fitting=fitting,
        wanted=context.query("q"),
        connections=list(context.services.connections),
    )


async def show_gallery_rule(context: RequestContext) -> Response:
    """The form of one ready-made rule, with its usual values filled in."""
    return await _form(context, known_gallery_rule(context.path("key")), {})


async def use_gallery_rule(context: RequestContext) -> Response:
    """Saves the rule, which is then live, or opens it in the rule form, where it can be tried."""
    services, item = context.services, known_gallery_rule(context.path("key"))
    around = (await gallery_connections(services)).get(context.form.get("connection", ""))
    if around is None or not item.fits(around):
        raise UsageError(
            N_("this rule does not fit that connection"), fix=N_("Choose another one.")
        )
    say = context.translator
    name = f"[{say(PERSON_NAME)}]"
    given = {
        one.key: context.form[f"f_{one.key}"].replace(name, _placeholder(one, item, say))
        for one in item.fields_for(around)
        if f"f_{one.key}" in context.form
    }
    if context.form.get("do") == "preview":
        return await _form(context, item, given)
    made = await new_rule(services, item, around, given, say)
    if context.form.get("do") == "form":
        problems = await problems_with(context, made.file, made.text)
        return await show_form(
            context, made.file, made.text, etag="", has_text_view=False, problems=problems
        )
    known = {rule.id for rule in made_before(services, item)}
    if known - set(context.form.get("seen", "").split()):
        # Such a rule was made after this page: the person pressed the button twice, or went back.
        if made.twin:
            return see_other(f"/rules#rule-{made.twin}")
        return await _form(context, item, given, is_made=True)
    try:
        await services.rulebook.save(made.file, made.text, if_match=None, author=context.actor.name)
    except RulesRefusedError as error:
        return await _form(context, item, given, error.problems)
    revision = services.rulebook.active.revision
    return see_other(
        f"/rules?{urlencode({'did': 'made', 'revision': revision})}#rule-{made.rule_id}"
    )


def _placeholder(field: GalleryField, item: GalleryRule, say: Translator) -> str:
    """The placeholder for a person's name in a field.

    The one of the usual text has a word for people without a name.
    """
    usual = _NAME.search(say(field.default) if field.default else "")
    subject = "contact" if item.is_for_people else "event.actor"
    return usual[0] if usual else f"{{{{ {subject}.name | default('') }}}}"


async def _form(
    context: RequestContext,
    item: GalleryRule,
    given: Mapping[str, str],
    problems: Sequence[Problem] = (),
    *,
    is_made: bool = False,
) -> Response:
    """The form of a ready-made rule for the chosen connection, and what the rule would have done.

    `is_made` warns that such a rule was just made already.
    """
    known = await gallery_connections(context.services)
    fitting = {name: around for name, around in known.items() if item.fits(around)}
    wanted = context.form.get("connection") or context.query("connection")
    chosen = wanted if wanted in fitting else next(iter(fitting), "")
    return render(
        context,
        "gallery_rule.html",
        status=422 if problems else 409 if is_made else 200,
        item=item,
        fields=item.fields_for(fitting[chosen]) if chosen else (),
        made=made_before(context.services, item),
        is_made=is_made,
        given=given,
        placeholder=partial(_placeholder, item=item, say=context.translator),
        name_in_words=f"[{context.translator(PERSON_NAME)}]",
        connections=list(fitting),
        chosen=chosen,
        problems=problems,
        previewed=await _previewed(context, item, fitting[chosen], given) if chosen else None,
        name="",
    )


async def _previewed(
    context: RequestContext,
    item: GalleryRule,
    around: GalleryConnection,
    given: Mapping[str, str],
) -> Previewed | None:
    """The effects that the rule would have had on the latest events.

    None for a rule that a schedule fires, and while too many tries are waiting.
    """
    if item.is_scheduled or item.is_for_people:
        return None
    made = await new_rule(context.services, item, around, given, context.translator)
    try:
        return await preview_of(context, made.file, made.text, DEFAULT_EVENTS)
    except RequestError:
        return None
