"""`automator intents`: shows what a text is understood as, and which of its words decided."""

from pathlib import Path
from typing import Annotated

import typer

from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Json
from automator.cli.terminal.output import TRANSLATOR, say, say_json
from automator.reasons.conditions import intent_not_shown, intent_shown

if WORKING:
    from automator.conditions import INTENTS, wanted_in
    from automator.conditions.functions.intents import own_phrases
    from automator.files import parse_yaml

Text = Annotated[str, typer.Argument(help="What somebody wrote, in quotes.")]
File = Annotated[
    Path | None, typer.Option(help="A rule file with `intents`, whose words count too.")
]


def intents(text: Text, file: File = None, as_json: Json = False) -> None:
    """Show what asks() understands a text as, and which words decided."""
    data = parse_yaml(file.name, file.read_text(encoding="utf-8")).data if file else {}
    words = data.get("intents") if isinstance(data, dict) else None
    wanted = wanted_in(text, own_phrases(words) if words else None)
    if as_json:
        say_json({name: {"typed": one.typed, "phrase": one.phrase} for name, one in wanted.items()})
        return
    for name, one in wanted.items():
        about, shown = TRANSLATOR(INTENTS[name].about), intent_shown(intent=name, typed=one.typed)
        say(f"{name} ({about}): {TRANSLATOR.say(shown)}")
    if not wanted:
        say(TRANSLATOR.say(intent_not_shown(intents=list(INTENTS), text=text)))
