"""Loads the files of the rules folder; a file that cannot be read keeps its version in force."""

from collections.abc import Mapping
from dataclasses import replace

from automator.engine.rulesets.revisions import RuleLoader
from automator.engine.rulesets.rule_folder import FolderContents, RuleFolder, unreadable_problem
from automator.rules import Loaded


class FolderLoader:
    """Makes a rule set of the files in a folder, and lists their problems."""

    def __init__(self, folder: RuleFolder, load: RuleLoader) -> None:
        self._folder = folder
        self._load = load

    def load(self, in_force: Mapping[str, str], *, has_to_be_there: bool = False) -> Loaded:
        """The rule set of the files on disk; `in_force` are the texts that are in force.

        They stay so while the folder cannot be read, or is gone although it `has_to_be_there`.
        """
        try:
            contents = self._folder.read(has_to_be_there=has_to_be_there)
        except OSError as error:
            name = str(error.filename or self._folder.path)
            contents = FolderContents(in_force, {name: unreadable_problem(name, error)})
        return self.judge(contents, in_force)

    def judge_with(
        self,
        contents: FolderContents,
        texts: Mapping[str, str | None],
        in_force: Mapping[str, str],
    ) -> Loaded:
        """As `judge`, with these texts in the place of those of the files; None deletes a file."""
        files = {name: text for name, text in contents.files.items() if name not in texts}
        files |= {name: text for name, text in texts.items() if text is not None}
        return self.judge(replace(contents, files=files), in_force)

    def judge(self, contents: FolderContents, in_force: Mapping[str, str]) -> Loaded:
        """The rule set of these files, and of those in force that cannot be read now."""
        files, unreadable = contents.files, contents.unreadable
        # A file may be about to take the place of a link.
        left_out = [problem for problem in contents.left_out if problem.file not in files]
        kept = {name: in_force[name] for name in unreadable if name in in_force}
        loaded = self._load({**files, **kept}, in_force)
        return Loaded(
            loaded.rule_set,
            loaded.tests,
            sorted([*loaded.problems, *unreadable.values(), *left_out]),
            loaded.refused | unreadable.keys(),
        )
