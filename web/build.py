"""Compiles the sources under web/ when the Python package is built (a hook of hatchling)."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileHook(BuildHookInterface):  # type: ignore[type-arg]  # The configuration is not used.
    """Compiles the catalogues, bundles the rule editor, and builds the documentation."""

    def dependencies(self) -> list[str]:
        """Further packages for this build: Node if it is missing, Sphinx; for what is not built."""
        sys.path.insert(0, self.root)
        from docs.build import requirements
        from web.frontend import node_requirements

        return [*node_requirements(), *requirements()]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before each wheel and source archive, and before an editable installation."""
        sys.path.insert(0, self.root)
        from docs.build import SITE
        from docs.build import build_if_possible as build_documentation
        from web.catalogues import compile_all
        from web.frontend import build_if_possible

        compile_all()
        # `make` installs the checkout without an isolated build, so Node may be missing here.
        build_if_possible(is_needed=version != "editable")
        build_data["artifacts"] += ["web/locale/**/*.mo", "web/static/vendor/*", "web/help.zip"]
        # A checkout shows its documents without the site.
        if version != "editable" and build_documentation() and self.target_name == "wheel":
            build_data["force_include"][str(SITE)] = "automator/_web/help.zip"
