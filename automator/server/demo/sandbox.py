"""The sandbox of a demo: the simulated providers at `/sandbox`, and their page at `/demo`."""

from collections.abc import Callable, Collection

from starlette.routing import Mount, Route
from starlette.types import Scope

from automator.sandbox import Faults, Recorder, sandbox_app
from automator.server.demo.gate import SandboxGate
from automator.server.demo.page import sandbox_pages
from automator.server.web.services import Services

RECORDS_FILE = "sandbox.jsonl"


class DemoSandbox:
    """The simulated providers of one server, with their received requests and coming faults."""

    def __init__(self, services: Services, hosts: Callable[[Scope], Collection[str]]) -> None:
        """`hosts` gives the names under which the server may be asked."""
        self._services = services
        self._hosts = hosts
        self._recorder = Recorder(services.data / RECORDS_FILE)
        self._faults = Faults()

    def mount(self) -> Mount:
        """The APIs of the providers, for the server's steps and for programs on this machine."""
        settings = self._services.settings
        targets = settings.targets.items()
        secrets_of = {name: item.secret.reveal() for name, item in targets if item.secret}
        app = sandbox_app(self._recorder, target_secrets=secrets_of, faults=self._faults)
        return Mount("/sandbox", SandboxGate(app, self._hosts, settings.public_url))

    def pages(self) -> list[Route]:
        """The page that plays the senders."""
        return sandbox_pages(self._recorder, self._faults)
