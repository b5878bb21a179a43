"""The help of commands, and messages about wrong arguments, in the reader's language.

Typer writes both in English. The texts of the commands are their docstrings and options;
`web/catalogues.py` puts them into the catalogues from the commands themselves.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import typer.core
from typer.exceptions import TyperException

from automator.cli.terminal.output import TRANSLATOR
from automator.language import ENGLISH, LANGUAGES
from automator.model import N_

#: Typer's own texts. Typer looks them up in the system's catalogue, which does not have them.
_TYPER_TEXTS = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("required"),
    N_("default: {default}"),
    N_("env var: {var}"),
    N_("Missing command."),
    N_("No such command {name!r}."),
    N_("Show this message and exit."),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)
#: Messages for the parameters of Typer's commands, by Typer's names of their kinds.
_KINDS = {"argument": N_("Missing argument {name}."), "option": N_("Missing option {name}.")}
#: Typer's messages about surplus arguments, and about options with missing or surplus values.
_SENTENCES = re.compile(
    r"Got unexpected extra argument\(s\) \((?P<words>.*)\)"
    r"|Option '(?P<flag>[^']*)' does not take a value\."
    r"|Option '(?P<bare>[^']*)' requires an argument\.",
    re.DOTALL,
)
_WITHOUT = N_("{name} takes no value")
_WITH = N_("{name} needs a value behind it")
_TOO_MANY = N_(
    'Too many words: {words}. Put a text with spaces into quotes, as in "giá bao nhiêu".'
)
_TEXT_ALONE = N_(
    'Too many words: {words}. A text comes behind --text, as in --text "giá bao nhiêu".'
)


def with_language_first(arguments: Sequence[str]) -> list[str]:
    """Moves `--lang` and its value before the command, because people also write it behind.

    Words after `--` are not options. A `--lang` with an unknown language keeps its place.
    """
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    for number, word in enumerate(words[:end]):
        name, equals, value = word.partition("=")
        wanted = [value] if equals else words[number + 1 : min(number + 2, end)]
        if name == "--lang" and wanted and wanted[0] in LANGUAGES:
            behind = number + (1 if equals else 2)
            return [*words[number:behind], *words[:number], *words[behind:]]
    return words


def asked_language(arguments: Sequence[str]) -> str | None:
    """The language that `--lang` before the command names, or None.

    It is read here because Typer makes the help before it reads options.
    """
    for number, argument in enumerate(arguments):
        if not argument.startswith("-"):
            return None
        name, equals, value = argument.partition("=")
        if name == "--lang":
            following = arguments[number + 1 : number + 2]
            wanted = value if equals else next(iter(following), "")
            return wanted if wanted in LANGUAGES else None
    return None


def help_texts(command: Any) -> Iterator[str]:
    """Yields every text in the help of a command and of its subcommands."""
    if command.help:
        yield command.help
    for parameter in command.params:
        if getattr(parameter, "help", None):
            yield parameter.help
    for below in getattr(command, "commands", {}).values():
        yield from help_texts(below)


def translate_help(command: Any) -> None:
    """Puts the help of a command, and of its subcommands, into the chosen language."""
    if TRANSLATOR.language == ENGLISH:
        return
    # Typer translates its few texts with this function, which would use the system's catalogue.
    vars(typer.core)["_"] = TRANSLATOR
    _translate(command)


def _translate(command: Any) -> None:
    command.help = TRANSLATOR(command.help or "")
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = TRANSLATOR(parameter.help)
    own_help_option = command.get_help_option

    def help_option(context: Any) -> Any:
        option = own_help_option(context)
        if option is not None:
            option.help = TRANSLATOR(N_("Show this message and exit."))
        return option

    def write_usage(context: Any, formatter: Any) -> None:
        pieces = " ".join(command.collect_usage_pieces(context))
        prefix = TRANSLATOR(N_("Usage:"))
        formatter.write_usage(context.command_path, pieces, f"{prefix} ")

    command.get_help_option, command.format_usage = help_option, write_usage
    for below in getattr(command, "commands", {}).values():
        _translate(below)


def say_wrong_arguments(error: TyperException) -> None:
    """Prints Typer's message about wrong arguments on standard error."""
    context = getattr(error, "ctx", None)
    show = getattr(error, "show", None)
    is_help = type(error).__name__ == "NoArgsIsHelpError"
    if show is not None and is_help:
        show()
        return
    lines = []
    if context is not None:
        hint = TRANSLATOR(
            N_("Try '{command} {option}' for help."),
            command=context.command_path,
            option=context.help_option_names[0],
        )
        lines = [context.get_usage(), hint, ""]
    said = TRANSLATOR(N_("Error: {problem}"), problem=_problem(error))
    print("\n".join([*lines, said]), file=sys.stderr)


def _problem(error: Any) -> str:
    """Describes a mistake in the arguments, by the class of Typer's error."""
    kind = type(error).__name__
    parameter = getattr(error, "param", None)
    name = parameter.get_error_hint() if parameter is not None else ""
    if kind == "NoSuchOption":
        unknown = TRANSLATOR(N_("No such option: {name}"), name=error.option_name)
        known = ", ".join(sorted(error.possibilities or ()))
        near = TRANSLATOR(N_("(Possible options: {known})"), known=known) if known else ""
        return f"{unknown} {near}".rstrip()
    if kind == "MissingParameter" and parameter is not None:
        return TRANSLATOR(_KINDS[parameter.param_type_name], name=name)
    if kind == "BadParameter" and name:
        said = _of_value(error)
        return TRANSLATOR(N_("Invalid value for {name}: {said}"), name=name, said=said)
    return _said_alone(error) or str(error.format_message())


def _said_alone(error: Any) -> str:
    """Describes a mistake that Typer tells only in a sentence; "" for other mistakes."""
    found = _SENTENCES.fullmatch(error.message)
    if found is None:
        return ""
    if found["words"] is not None:
        has_text = any("--text" in one.opts for one in error.ctx.command.params)
        said = _TEXT_ALONE if has_text else _TOO_MANY
        return TRANSLATOR(said, words=found["words"])
    flag, bare = found["flag"], found["bare"]
    return TRANSLATOR(_WITH if flag is None else _WITHOUT, name=bare if flag is None else flag)


def _of_value(error: Any) -> str:
    """Describes a mistake in a value, in pydantic's or Typer's terms."""
    from automator.files import reason_of  # noqa: PLC0415 - Help says nothing of wrong values.

    details = getattr(error.__cause__, "errors", None)
    if details is None:
        return str(error.message)
    kind = getattr(getattr(error.param, "type_descriptor", None), "annotation", None)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        reason = reason_of(details(include_url=False)[0], list(kind))
        return f"{TRANSLATOR.say(reason)}; {TRANSLATOR.advice(reason)}"
    return TRANSLATOR.say(reason_of(details(include_url=False)[0]))
