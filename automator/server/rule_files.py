"""What the rule editor and the API share: names of rule files, checking, and differences."""

import asyncio
import difflib
import re

from automator.engine.rulebook import RuleFile
from automator.model import NotFoundError, Problem, Severity, UsageError
from automator.server.services import Services

FILE_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}\.ya?ml$")


def checked_name(name: str) -> str:
    """`name`, if it can be a rule file's.

    Raises:
        UsageError: it cannot.
    """
    if not FILE_NAME.fullmatch(name):
        raise UsageError(
            "this cannot be the name of a rule file",
            fix="Use up to 64 small letters, digits, and . _ - ending in .yaml, as in prices.yaml.",
        )
    return name


async def rule_files(services: Services) -> dict[str, RuleFile]:
    """The rule files on disk, by name."""
    return dict(await asyncio.to_thread(services.rulebook.files))


async def rule_file(services: Services, name: str) -> RuleFile:
    """One rule file.

    Raises:
        NotFoundError: there is none with this name.
    """
    file = (await rule_files(services)).get(checked_name(name))
    if file is None:
        raise NotFoundError(f"there is no rule file {name}")
    return file


async def problems_with(services: Services, name: str, text: str) -> list[Problem]:
    """What the whole rule set would have wrong with this text; this file's problems first."""
    problems = await asyncio.to_thread(services.rulebook.check, checked_name(name), text)
    return sorted(problems, key=lambda problem: (problem.file != name, problem))


def errors_in(problems: list[Problem]) -> int:
    """How many of them keep the rules from being used."""
    return sum(problem.severity is Severity.ERROR for problem in problems)


def difference(old: str, new: str, old_name: str, new_name: str) -> list[str]:
    """The lines of a unified difference."""
    return list(
        difflib.unified_diff(
            old.splitlines(), new.splitlines(), old_name, new_name, n=3, lineterm=""
        )
    )
