"""Starts the program with the sandbox in Facebook's place, for connections made in the browser.

    python -m tests.support.sandbox_graph GRAPH_URL python -m automator serve …

The form of a connection asks nobody where Facebook is, and no test may ask Facebook.
"""

import runpy
import sys

from automator.providers.facebook import FacebookOptions

if __name__ == "__main__":
    FacebookOptions.model_fields["graph_url"].default = sys.argv[1]
    FacebookOptions.model_rebuild(force=True)
    sys.argv = sys.argv[4:]
    runpy.run_module("automator", run_name="__main__", alter_sys=True)
