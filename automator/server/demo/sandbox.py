"""The sandbox of a demo: the simulated providers at `/sandbox`, and its page at `/demo`."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Scope

from automator.model import N_, UsageError, format_id, parse_id, record, whole_number
from automator.model.log_filters import RunFilter
from automator.reasons.audit import NO_CHANGE
from automator.sandbox import (
    FAULTS,
    MEANINGS,
    Control,
    Fault,
    Faults,
    Recorder,
    fault_path,
    sandbox_app,
)
from automator.server.access.guard import form, page
from automator.server.demo.sandbox_gate import SandboxGate
from automator.server.tryout.senders import (
    PEOPLE,
    changes_for,
    favourite_of,
    samples_of,
    send_sample,
    sender_of,
)
from automator.server.web.redirects import see_other
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.server.web.templates import render
from automator.store import RunRow

RECORDS_FILE = "sandbox.jsonl"


class DemoSandbox:
    """The simulated providers of one server, with received requests and planned faults."""

    def __init__(self, services: Services, hosts: Callable[[Scope], Collection[str]]) -> None:
        """`hosts` returns the host names by which the server may be addressed."""
        self._services = services
        self._hosts = hosts
        self._recorder = Recorder(services.data / RECORDS_FILE)
        self._faults = Faults()

    def mount(self) -> Mount:
        """Mounts the simulated APIs at `/sandbox`, for steps and for programs on this machine."""
        settings = self._services.settings
        targets = settings.targets.items()
        secrets_of = {name: item.secret.reveal() for name, item in targets if item.secret}
        app_secrets = [
            secret.reveal()
            for provider in self._services.connections.values()
            if hasattr(provider.options, "graph_url")
            for secret in getattr(provider.options, "app_secret", ())
        ]
        app = sandbox_app(
            self._recorder,
            app_secrets=app_secrets,
            target_secrets=secrets_of,
            faults=self._faults,
        )
        return Mount("/sandbox", SandboxGate(app, self._hosts, settings.public_url))

    def pages(self) -> list[Route]:
        """The routes of the page on which a person sends samples and plans faults."""
        return sandbox_pages(self._recorder, self._faults)


# --- The page of the sandbox: sends samples, shows the requests of steps, and plans faults ---


_SHOWN = 50
_LONGEST_TEXT = 2000
_MOST_TIMES = 1000
TEXTS = ("Giá bao nhiêu vậy shop?", "Còn hàng không ạ?", "Đẹp quá!")


@record(kw_only=False)
class SandboxPage:
    """The functions of the page of one sandbox."""

    recorder: Recorder
    faults: Faults

    async def show(self, context: RequestContext) -> Response:
        """Shows samples to send, planned faults, and the requests received, the newest first."""
        services = context.services
        senders = [sender_of(provider) for provider in services.connections.values()]
        by_sender = await asyncio.to_thread(
            lambda: {one.connection: samples_of(services, one.connection) for one in senders}
        )
        senders = [sender for sender in senders if by_sender[sender.connection]]
        known = [sender.connection for sender in senders]
        wanted = context.query("from")
        chosen = wanted if wanted in known else next(iter(known), "")
        samples = by_sender.get(chosen, [])
        last = context.query("sample")
        return render(
            context,
            "sandbox.html",
            senders=senders,
            chosen=chosen,
            samples=samples,
            favourite=last if last in {item.name for item in samples} else favourite_of(samples),
            takes_text=any(sample.takes_text for sample in samples),
            takes_person=any(sample.takes_person for sample in samples),
            people=PEOPLE,
            person=context.query("person"),
            texts=TEXTS,
            faults=_faults(services, chosen),
            meanings=MEANINGS,
            waiting=self.faults.waiting(),
            **await self._news(context),
        )

    async def show_news(self, context: RequestContext) -> Response:
        """The part of the page that is refreshed: runs of the last sent event, and the requests."""
        return render(context, "sandbox_news.html", **await self._news(context))

    async def _news(self, context: RequestContext) -> dict[str, Any]:
        sent = context.query("sent")
        event_id = parse_id(sent)
        runs: list[RunRow] = []
        if event_id is not None:
            log = context.services.store.log
            runs = await asyncio.to_thread(log.runs, RunFilter(event_id=event_id))
        records = self.recorder.records()[: -_SHOWN - 1 : -1]
        is_known = event_id is not None or sent == "1"
        return {"records": records, "sent": sent if is_known else "", "runs": runs}

    async def send_sample(self, context: RequestContext) -> Response:
        """Sends a sample through verification, parsing and matching, as its sender would."""
        services = context.services
        provider = services.intake.connection(context.form.get("connection", ""))
        name = context.form.get("sample", "")
        text = context.form.get("text", "").strip()[:_LONGEST_TEXT]
        person = next((one for one in PEOPLE if one.id == context.form.get("person")), None)
        changes = changes_for(name, text, person)
        event_id = await send_sample(services, provider, name, changes, remote="sandbox page")
        sent = format_id(event_id) if event_id is not None else "1"
        chosen = {
            "from": provider.connection,
            "sample": name,
            "person": person.id if person else "",
        }
        return see_other(f"/demo?{urlencode(chosen | {'sent': sent})}")

    async def plan_fault(self, context: RequestContext) -> Response:
        """Plans that the next answers to a connection fail, or forgets the plan."""
        services = context.services
        provider = services.intake.connection(context.form.get("connection", ""))
        error = context.form.get("error", "")
        if not error:
            self.faults.plan(Control(clear_faults=True))
        elif error in FAULTS.get(provider.name, ()):
            times = min(whole_number(context.form.get("times", "1")) or 1, _MOST_TIMES)
            planned = Fault(error=error, times=times, path=fault_path(provider.name))
            self.faults.plan(Control(next=(planned,)))
        else:
            raise UsageError(
                N_("{name} has no error '{error}'"),
                fix=N_("Choose one on the page."),
                name=provider.name,
                error=error,
            )
        return see_other(f"/demo?from={provider.connection}")


def sandbox_pages(recorder: Recorder, faults: Faults) -> list[Route]:
    """The routes of the sandbox page, with the role that each needs."""
    shown = SandboxPage(recorder, faults)
    return [
        page("/demo", shown.show, Role.VIEWER),
        page("/demo/news", shown.show_news, Role.VIEWER),
        form("/demo/send", shown.send_sample, Role.EDITOR, NO_CHANGE),
        form("/demo/fault", shown.plan_fault, Role.EDITOR, NO_CHANGE),
    ]


def _faults(services: Services, connection: str) -> tuple[str, ...]:
    provider = services.connections.get(connection)
    return FAULTS.get(provider.name, ()) if provider else ()
