"""Loads the files of the rules folder; a file that cannot be read keeps its version in force."""

from collections.abc import Mapping

from automator.engine.rulesets.revisions import RuleLoader
from automator.engine.rulesets.rule_folder import RuleFolder, unreadable_problem
from automator.model import Problem
from automator.rules import Loaded


class FolderLoader:
    """Makes a rule set of the files in a folder, and lists their problems."""

    def __init__(self, folder: RuleFolder, load: RuleLoader) -> None:
        self._folder = folder
        self._load = load

    def load(self, in_force: Mapping[str, str]) -> Loaded:
        """The rule set of the files on disk; `in_force` are the texts that are in force."""
        try:
            contents = self._folder.read()
        except OSError as error:
            name = str(error.filename or self._folder.path)
            return self.judge(in_force, in_force, {name: unreadable_problem(name, error)})
        return self.judge(contents.files, in_force, contents.unreadable)

    def judge(
        self,
        files: Mapping[str, str],
        in_force: Mapping[str, str],
        unreadable: Mapping[str, Problem],
    ) -> Loaded:
        """The rule set of these files, and of those in force that cannot be read now."""
        kept = {name: in_force[name] for name in unreadable if name in in_force}
        loaded = self._load({**files, **kept}, in_force)
        return Loaded(
            loaded.rule_set,
            loaded.tests,
            sorted([*loaded.problems, *unreadable.values()]),
            loaded.refused | unreadable.keys(),
        )
