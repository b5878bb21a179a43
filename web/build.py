"""The hook of the package's build: what is compiled from sources under web/."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]  # The configuration is not used.
    """Compiles the catalogues of the languages, which the repository holds as text."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's contract
        """Runs before each wheel, and before an editable installation."""
        sys.path.insert(0, self.root)
        from web.catalogues import compile_all

        compile_all()
        build_data["artifacts"].append("web/locale/**/*.mo")
