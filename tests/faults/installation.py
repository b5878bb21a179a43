"""An installation for the scenarios: the real server, its rules, and the target beside it."""

from pathlib import Path

from automator.store.runs.recovery import REST_MS
from tests.faults.target import SECRET as TARGET_SECRET
from tests.faults.target import Target
from tests.support.page_events import SECRET
from tests.support.process import ServerProgram, wait_until

_ENVIRON = {
    "SHOP_APP_SECRET": SECRET,
    "SHOP_VERIFY_TOKEN": "verify-token-for-tests",
    "SHOP_PAGE_TOKEN": "page-token-for-tests-0123456789",
    "CRM_SECRET": TARGET_SECRET,
}
_SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: env:SHOP_APP_SECRET
    verify_token: env:SHOP_VERIFY_TOKEN
    page_access_token: env:SHOP_PAGE_TOKEN
targets:
  crm: {{url: "http://127.0.0.1:{port}/crm", secret: env:CRM_SECRET}}
  erp: {{url: "http://127.0.0.1:{port}/erp", secret: env:CRM_SECRET}}
  bank: {{url: "http://127.0.0.1:{port}/bank", secret: env:CRM_SECRET}}
egress: {{allow: ["127.0.0.1:{port}"]}}
"""
#: `once` is never repeated by itself; `order` has two steps, so that a kill can fall between them;
#: `note` has one, for large numbers.
RULES = """\
rules:
  - id: order
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - contains(event.text, 'đặt hàng')
    actions:
      - id: first
        forward: {to: crm}
        retry: {max_attempts: 20, interval: 1s, strategy: fixed}
      - id: second
        forward: {to: erp}
        retry: {max_attempts: 20, interval: 1s, strategy: fixed}
  - id: once
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - contains(event.text, 'một lần')
    actions:
      - id: only
        forward: {to: bank}
        on_unknown: hold
  - id: note
    trigger: {event: comment.created, connection: shop-page}
    conditions:
      - contains(event.text, 'ghi sổ')
    actions:
      - id: sent
        forward: {to: crm}
        retry: {max_attempts: 40, interval: 2s, strategy: fixed}
"""
#: Seconds in which everything that is stored must have come to its end once the faults are over.
LIVENESS_S = 90.0


#: What was started in this test.
_STARTED: list[ServerProgram] = []


def kill_what_is_left() -> None:
    """Ends the servers that a test which failed has left behind."""
    while _STARTED:
        server = _STARTED.pop()
        if not server.has_ended():
            server.kill()


class Installation:
    """One data folder, or one database for several of them."""

    def __init__(
        self, folder: Path, target: Target, *, database: str = "", settings: str = ""
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database_file = folder / "data" / "automator.db"
        self.url = database or f"sqlite:///{self.database_file}"
        self._config = folder / "automator.yaml"
        self._config.write_text(_SETTINGS.format(port=target.port) + settings)
        self._rules = folder / "rules"
        self._rules.mkdir(exist_ok=True)
        (self._rules / "shop.yaml").write_text(RULES)
        self.environ = {**_ENVIRON, **({"AUTOMATOR_DATABASE": database} if database else {})}

    def start(self, *prefix: str) -> ServerProgram:
        """Starts the server, maybe through another program; returns when it answers."""
        server = ServerProgram(
            self.folder,
            "--config",
            str(self._config),
            "--rules",
            str(self._rules),
            environ=self.environ,
            prefix=prefix,
        )
        _STARTED.append(server)
        assert "problem" not in server.printed, server.printed
        return server


def until_idle(server: ServerProgram, within_s: float = LIVENESS_S + REST_MS[-1] / 1000) -> None:
    """Until no run waits or is being done, also those that rest after a third crash."""

    def unfinished() -> int:
        try:
            states = server.api("GET", "/api/status")["last_24_hours"]["runs"]
        except TimeoutError:
            # On a busy machine it has more to do than to answer.
            return 1
        return int(states.get("queued", 0)) + int(states.get("running", 0))

    wait_until(lambda: unfinished() == 0, "every run to come to its end", within_s)
