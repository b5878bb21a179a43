"""`automator intents`: shows what a text is understood as, and which of its words decided."""

from pathlib import Path
from typing import Annotated, Any

import typer

from automator.cli.serving.check import read_files
from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Json
from automator.cli.terminal.output import TRANSLATOR, problems_in_words, say, say_json
from automator.reasons.conditions import intent_not_shown, intent_shown

if WORKING:
    from automator.conditions import INTENTS, wanted_in
    from automator.conditions.functions.intents import own_phrases
    from automator.files import parse_yaml

Text = Annotated[str, typer.Argument(help="What somebody wrote, in quotes.")]
File = Annotated[
    Path | None,
    typer.Option(help="A rule file with `intents`, whose words count too.", dir_okay=False),
]


def intents(text: Text, file: File = None, as_json: Json = False) -> None:
    """Show what asks() understands a text as, and which words decided."""
    words = _words_of(file) if file else None
    wanted = wanted_in(text, own_phrases(words) if words else None)
    if as_json:
        say_json({name: {"typed": one.typed, "phrase": one.phrase} for name, one in wanted.items()})
        return
    for name, one in wanted.items():
        about, shown = TRANSLATOR(INTENTS[name].about), intent_shown(intent=name, typed=one.typed)
        say(f"{name} ({about}): {TRANSLATOR.say(shown)}")
    if not wanted:
        say(TRANSLATOR.say(intent_not_shown(intents=list(INTENTS), text=text)))


def _words_of(file: Path) -> Any:
    """The `intents` of a rule file; None without any.

    Raises:
        Exit: the file cannot be read as YAML; its problems were printed.
    """
    parsed = parse_yaml(str(file), read_files([file])[str(file)])
    if parsed.problems:
        say(problems_in_words(parsed.problems))
        raise typer.Exit(1)
    return parsed.data.get("intents") if isinstance(parsed.data, dict) else None
