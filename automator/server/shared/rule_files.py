"""Finds rule files, checks their names and texts, and compares texts, for editor and API."""

import asyncio
import difflib
import re
from collections.abc import Iterable, Sequence

from automator.engine.rulesets.rule_folder import RuleFile
from automator.model import LOOK_IN_LIST, N_, NotFoundError, Problem, Severity, UsageError
from automator.resources import DEMO_FOLDER
from automator.rules import RULE_FILE_ENDINGS
from automator.rules.compiled.shop_texts import shop_text_file
from automator.rules.mending.fixes import Edit
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services

#: The shortest difference is searched for among at most this many pairs of lines; this many
#: unchanged lines are shown around a change.
_MOST_COMPARED = 1_000_000
_CONTEXT = 3
_ENDINGS = "|".join(map(re.escape, RULE_FILE_ENDINGS))
#: The names that a new file may have, also in subfolders.
_PART = r"[a-z0-9_][a-z0-9._-]{0,63}"
FILE_NAME = re.compile(rf"^(?:{_PART}/){{0,4}}(?:{_PART}(?:{_ENDINGS})|{shop_text_file(_PART)})$")


def checked_name(name: str) -> str:
    """Returns `name` if a new rule file may have it.

    Raises:
        UsageError: a new rule file may not have this name.
    """
    if not FILE_NAME.fullmatch(name):
        raise UsageError(
            N_("this cannot be the name of a rule file"),
            fix=N_(
                "Use up to 64 small letters, digits, and . _ - ending in .yaml, as in prices.yaml"
                " or autumn/prices.yaml."
            ),
        )
    if name.startswith(f"{DEMO_FOLDER}/"):
        raise UsageError(
            N_("the folder {folder}/ belongs to the demo: its rules would not be loaded"),
            fix=N_("Choose another folder, as in autumn/prices.yaml."),
            folder=DEMO_FOLDER,
        )
    return name


async def rule_files(services: Services) -> dict[str, RuleFile]:
    """The rule files on disk, by name."""
    return dict(await asyncio.to_thread(services.rulebook.files))


async def rule_file(services: Services, name: str) -> RuleFile:
    """The rule file with this name; it may be a name that is not allowed for new files.

    Raises:
        NotFoundError: there is no such file.
        UsageError: there is no such file, and a new file may not have this name.
    """
    file = (await rule_files(services)).get(name)
    if file is None:
        raise NotFoundError(
            N_("there is no rule file {file}"), fix=LOOK_IN_LIST, file=checked_name(name)
        )
    return file


async def name_to_save(services: Services, name: str) -> str:
    """Returns `name` if a file has it or a new file may have it.

    Raises:
        UsageError: there is no such file, and a new file may not have this name.
    """
    return name if name in await rule_files(services) else checked_name(name)


async def problems_with(context: RequestContext, name: str, text: str) -> list[Problem]:
    """The problems of a file with this text, and then the new problems in other files.

    Raises:
        RequestError: too many checks are waiting already (503).
    """
    services = context.services
    name = await name_to_save(services, name)
    found = await services.checks.problems(name, text, of=context.actor.name)
    known = set(services.rulebook.problems)
    own = [problem for problem in found if problem.file == name]
    return [*own, *(item for item in found if item.file != name and item not in known)]


async def conflict_with(
    services: Services, name: str, text: str, names: tuple[str, str]
) -> tuple[RuleFile | None, list[str]]:
    """The file as it is now, and the lines of its difference to `text`.

    `names` are the names of both texts in the difference. Of a deleted file, the difference is the
    whole text.
    """
    current = (await rule_files(services)).get(name)
    lines = await asyncio.to_thread(difference, current.text if current else "", text, *names)
    return current, lines


def errors_in(problems: Iterable[Problem], name: str) -> int:
    """The number of errors in the file `name`; with an error, it cannot be used."""
    return sum(item.severity is Severity.ERROR and item.file == name for item in problems)


def difference(old: str, new: str, old_name: str, new_name: str) -> list[str]:
    """The lines of a unified diff of two texts.

    If very many lines differ, they are shown as one replaced block, because the time for the
    shortest difference grows with the square of their number.
    """
    before, after = old.splitlines(), new.splitlines()
    start = _in_common(before, after)
    end = _in_common(before[start:][::-1], after[start:][::-1])
    if (len(before) - start - end) * (len(after) - start - end) <= _MOST_COMPARED:
        return list(difflib.unified_diff(before, after, old_name, new_name, n=3, lineterm=""))
    first = max(0, start - _CONTEXT)
    around = before[first:start], before[len(before) - end :][:_CONTEXT]
    gone, come = before[start : len(before) - end], after[start : len(after) - end]
    kept = len(around[0]) + len(around[1])
    return [
        f"--- {old_name}",
        f"+++ {new_name}",
        f"@@ -{first + 1},{kept + len(gone)} +{first + 1},{kept + len(come)} @@",
        *(f" {line}" for line in around[0]),
        *(f"-{line}" for line in gone),
        *(f"+{line}" for line in come),
        *(f" {line}" for line in around[1]),
    ]


def edit_between(old: str, new: str) -> Edit:
    """The edit that turns the old text into the new one: one replaced part."""
    start = _in_common(old, new)
    behind = _in_common(old[start:][::-1], new[start:][::-1])
    return Edit(start, len(old) - behind, new[start : len(new) - behind])


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """The number of equal lines or characters at the beginning of both."""
    pairs = zip(one, other, strict=False)
    return next(
        (number for number, (line, its) in enumerate(pairs) if line != its),
        min(len(one), len(other)),
    )
