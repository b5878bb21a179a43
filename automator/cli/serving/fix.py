"""`automator fix`: rewrites old spellings in rule files."""

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from automator.cli.serving.check import Paths, default_files, read_files
from automator.cli.terminal import WORKING
from automator.cli.terminal.options import Config
from automator.cli.terminal.output import TRANSLATOR, problems_in_words, say
from automator.cli.terminal.paths import find_config
from automator.durable_files import write_durably
from automator.model import N_, Problem

if WORKING:
    from automator.files.source import parse_yaml
    from automator.rules.editing.edits import data_of, with_new_spellings
    from automator.rules.schema.old_spellings import take_as_new

Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; the exit code is 1 if a file would change.")
]


def fix(paths: Paths = None, check: Check = False, config: Config = None) -> None:
    """Rewrite old spellings in rule files as new ones; comments and layout stay."""
    files = read_files(paths, with_included=False) if paths else default_files(find_config(config))
    names = [*map(Path, files)]
    changed, left, unread = 0, list[Problem](), list[Problem]()
    for name in names:
        # Bytes, because the ends of lines stay as they are.
        text = name.read_bytes().decode(errors="surrogateescape")
        after = with_new_spellings(text)
        after = after if data_of(after) == data_of(text) else text
        parsed = parse_yaml(str(name), after)
        unread += parsed.problems
        left += [] if parsed.problems else take_as_new(parsed)
        if after == text:
            continue
        changed += 1
        before = text.splitlines()
        shown = unified_diff(before, after.splitlines(), str(name), str(name), lineterm="", n=1)
        say("\n".join(shown))
        if not check:
            write_durably(name.resolve(), after)
    if unread:
        say(problems_in_words(unread))
    if left:
        say(problems_in_words(left))
        say(TRANSLATOR(N_("These are left: a comment beside them would be lost. Write them anew.")))
    count = TRANSLATOR.counted("{count} file", "{count} files", len(names))
    rewritten = TRANSLATOR.counted("{count} file", "{count} files", changed)
    said = N_("{changed} of {files} to rewrite") if check else N_("{changed} of {files} rewritten")
    say(TRANSLATOR(said, changed=rewritten, files=count))
    if unread or left or (check and changed):
        raise typer.Exit(1)
