"""The real OpenID Connect provider at which tests sign in: npm's oidc-provider, on this machine."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import free_port, is_answering, wait_until
from web.frontend import NPM_INSTALL, BuildFailed, Node, find_node, run

SOURCES = Path(__file__).parent / "openid_provider"
#: As provider.mjs has them.
CLIENT_ID, CLIENT_SECRET = "automator", "secret-of-the-client-0123456789"


def installed(folder: Path) -> tuple[Node, Path]:
    """Node, and the provider with its packages; without them the test is skipped, except in CI."""
    try:
        node = find_node(str(folder / "node"))
        if node is None:
            raise BuildFailed("Node is missing")
        home = folder / "provider"
        shutil.copytree(SOURCES, home)
        run("npm", [*node.npm, *NPM_INSTALL], home, node)
    except BuildFailed as failure:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{failure}: CI must run the tests of OpenID Connect")
        pytest.skip(str(failure))
    return node, home


class IdentityProvider:
    """The provider, which can be stopped and started again, each time with another signing key."""

    def __init__(self, node: Node, home: Path, server: str) -> None:
        """`server` is the address of the server that lets people sign in."""
        self._node, self._home, self.server = node, home, server
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.issuer = f"http://127.0.0.1:{self._port}"
        self.place = f"127.0.0.1:{self._port}"
        self.people: dict[str, Mapping[str, Any]] = {}

    def person(self, login: str, email: str, *groups: str, verified: bool = True) -> None:
        """Somebody with an account at the provider; calling it again changes the account."""
        self.people[login] = {"email": email, "email_verified": verified, "groups": groups}
        (self._home / "people.json").write_text(json.dumps(self.people))

    def start(self) -> None:
        arguments = (f"{self.server}/sign-in/openid/back", f"{self.server}/sign-in")
        self._process = subprocess.Popen(
            [self._node.program, "provider.mjs", str(self._port), "people.json", *arguments],
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: is_answering(f"{self.issuer}/jwks"), "the provider answers")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None
