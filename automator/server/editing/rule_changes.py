"""Switches, names, copies, deletes and moves rules and files; each change can be undone."""

import asyncio
from collections.abc import Callable

from automator.engine.rulesets.rule_folder import etag_of
from automator.engine.rulesets.rulebook import ActiveRules
from automator.model import LOOK_IN_LIST, N_, NotFoundError, UsageError
from automator.rules.editing.edits import (
    rules_in,
    with_file_switched,
    with_names_translated,
    with_rule_copied,
    with_rule_named,
    with_rule_switched,
    without_rule,
)
from automator.server.editing.free_ids import free_rule_id
from automator.server.shared.rule_files import checked_name, rule_file, rule_files
from automator.server.web.services import Services

_LONGEST_NAME = 120
#: The id of a copy begins with at most this many characters of the rule's id; a number follows.
_LONGEST_START = 58


async def switch_rule(
    services: Services, file: str, rule: str, author: str, *, on: bool
) -> ActiveRules:
    """Switches one rule on or off."""
    return await change_text(
        services, file, author, lambda text: with_rule_switched(text, rule, on=on)
    )


async def switch_file(services: Services, file: str, author: str, *, on: bool) -> ActiveRules:
    """Switches all rules of a file off, or lets the setting of each rule count again."""
    return await change_text(services, file, author, lambda text: with_file_switched(text, on=on))


async def name_rule(
    services: Services, file: str, rule: str, name: str, author: str
) -> ActiveRules:
    """Gives a rule another name for people.

    Raises:
        UsageError: the name is too long.
    """
    name = " ".join(name.split())
    if len(name) > _LONGEST_NAME:
        raise UsageError(
            N_("this name is too long"),
            fix=N_("Use up to {most} letters."),
            most=_LONGEST_NAME,
        )
    return await change_text(services, file, author, lambda text: with_rule_named(text, rule, name))


async def copy_rule(
    services: Services, file: str, rule: str, say: Callable[..., str], author: str
) -> tuple[ActiveRules, str]:
    """Puts a copy of a rule at the end of its file, switched off; also returns the id of the copy.

    Raises:
        NotFoundError: there is no such file, or the rule is not in it.
        SpliceError: the file is written in a way that cannot be changed automatically.
        ConflictError: somebody else has changed the file at the same time.
    """
    known = await rule_file(services, file)
    rules = await asyncio.to_thread(rules_in, known.text)
    taken = {item.get("id") for item in rules if isinstance(item, dict)}
    copy_id = await free_rule_id(services, rule[:_LONGEST_START], {str(one) for one in taken})
    compiled = services.rulebook.active.rule_set.rule(rule)
    called = (compiled.spec.name if compiled else "") or rule
    name = say(N_("{name} (copy)"), name=called)[:_LONGEST_NAME]
    active = await change_text(
        services, file, author, lambda text: with_rule_copied(text, rule, copy_id, name)
    )
    return active, copy_id


async def delete_rule(services: Services, file: str, rule: str, author: str) -> ActiveRules:
    """Removes a rule from its file; with the last rule, the file is deleted."""
    return await change_text(services, file, author, lambda text: without_rule(text, rule))


async def move_file(services: Services, file: str, to: str, author: str) -> ActiveRules:
    """Gives a file another name; its content stays.

    Raises:
        UsageError: the new name is not allowed, or is taken.
    """
    to = to if "." in to.rpartition("/")[2] else f"{to}.yaml"
    known = await rule_file(services, file)
    if to == file:
        return services.rulebook.active
    if checked_name(to) in await rule_files(services):
        raise UsageError(
            N_("there is a rule file {file} already"), fix=N_("Choose another name."), file=to
        )
    return await services.rulebook.change(
        {file: None, to: known.text}, {file: known.etag, to: None}, author=author
    )


async def say_names(services: Services, say: Callable[[str], str], author: str) -> ActiveRules:
    """Translates the names and descriptions of the example rules, in all files as one change.

    Raises:
        SpliceError: a file is written in a way that cannot be changed automatically.
        ConflictError: somebody else has changed a file at the same time.
    """
    files = await rule_files(services)
    said = await asyncio.to_thread(
        lambda: {name: with_names_translated(file.text, say) for name, file in files.items()}
    )
    changed = {name: text for name, text in said.items() if text != files[name].text}
    if not changed:
        return services.rulebook.active
    etags = {name: files[name].etag for name in changed}
    return await services.rulebook.change(changed, etags, author=author)


async def change_text(
    services: Services,
    file: str,
    author: str,
    edit: Callable[[str], str | None],
    after: int | None = None,
) -> ActiveRules:
    """Changes the text of a file by `edit` and saves it; if `edit` returns None, deletes the file.

    `after`: the revision that the author saw, if nothing may have changed since.

    Raises:
        NotFoundError: there is no such file, or no such rule in it.
        SpliceError: the file is written in a way that cannot be changed automatically.
        RulesRefusedError: the file would have errors.
        ConflictError: somebody else has changed the file at the same time.
    """
    known = await rule_file(services, file)
    text = await asyncio.to_thread(edit, known.text)
    if text == known.text:
        return services.rulebook.active
    return await services.rulebook.change(
        {known.name: text}, {known.name: known.etag}, author=author, after=after
    )


async def undo(services: Services, revision: int, author: str) -> ActiveRules:
    """Undoes a revision: gives the files that it changed their earlier texts.

    Raises:
        NotFoundError: the revision, or the revision before it, is not stored any more.
        ConflictError: one of the files has been changed since.
    """
    log = services.store.log
    after = await asyncio.to_thread(log.ruleset, revision)
    before = await asyncio.to_thread(log.ruleset, revision - 1)
    if after is None or before is None:
        raise NotFoundError(
            N_("revision {revision} is not kept"), fix=LOOK_IN_LIST, revision=revision
        )
    changed = {
        name
        for name in before.files.keys() | after.files.keys()
        if before.files.get(name) != after.files.get(name)
    }
    texts = {name: before.files.get(name) for name in changed}
    # Each file must still be as the revision left it; None = it must not exist.
    etags = {name: etag_of(after.files[name]) if name in after.files else None for name in changed}
    return await services.rulebook.change(texts, etags, author=author)


async def restore_version(services: Services, file: str, revision: int, author: str) -> bool:
    """Gives a file the text that it had in a revision; returns whether the file exists afterwards.

    Raises:
        NotFoundError: the revision is not stored any more.
        RulesRefusedError: the text now has errors, such as the name of a removed connection.
        ConflictError: the file has been changed at the same time.
    """
    row = await asyncio.to_thread(services.store.log.ruleset, revision)
    if row is None:
        raise NotFoundError(
            N_("revision {revision} is not kept"), fix=LOOK_IN_LIST, revision=revision
        )
    known, text = (await rule_files(services)).get(file), row.files.get(file)
    if known is None and text is None:
        raise NotFoundError(
            N_("there is no rule file {file}"), fix=LOOK_IN_LIST, file=checked_name(file)
        )
    if known is None or known.text != text:
        etag = None if known is None else known.etag
        await services.rulebook.change({file: text}, {file: etag}, author=author)
    return text is not None
