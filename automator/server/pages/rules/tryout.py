"""The panel “Try it here”: tries one event with the rules in the editor; nothing is sent."""

from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.engine.tryout.trial_result import Trial
from automator.model import NotFoundError, UsageError, whole_number
from automator.server.pages import RequestContext, Response, render
from automator.server.pages.rules.edited_text import text_in
from automator.server.pages.rules.rule_editor import show_text
from automator.server.pages.rules.rule_form import show_form
from automator.server.tryout.bundles import TriedBundle, try_upload
from automator.server.tryout.choices import request_of
from automator.server.tryout.rules import try_with

#: The name of the form's field with a bundle's file, and of the button that tries it.
_BUNDLE = "bundle"


async def try_here(context: RequestContext) -> Response:
    """Tries the event in the form with the rules in the form.

    The page's script gets only the result; without the script, the whole page is sent.
    """
    name, text = context.form.get("file", ""), text_in(context)
    trial: Trial | None = None
    case: TriedBundle | None = None
    refused: UsageError | NotFoundError | RulesRefusedError | None = None
    try:
        if context.form.get("pick") == _BUNDLE:
            case = await try_upload(context, context.files.get(_BUNDLE), name, text)
        else:
            wanted = {**request_of(context.form), "file": name, "text": text}
            trial = await try_with(context, wanted)
    except (UsageError, NotFoundError, RulesRefusedError) as error:
        # The page shows the error in place of the result, and the form stays filled in.
        refused = error
    if context.request.headers.get("x-fragment"):
        return render(context, "trial.html", trial=trial, case=case, refused=refused)
    etag = context.form.get("etag", "")
    if context.form.get("view") == "form":
        index = whole_number(context.form.get("rule", "")) or 0
        return await show_form(
            context, name, text, etag=etag, index=index, trial=trial, case=case, refused_try=refused
        )
    return await show_text(
        context, name, text, etag=etag, problems=[], trial=trial, case=case, refused_try=refused
    )
