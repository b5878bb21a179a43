"""Secrets at every place of automator.yaml that takes one, with a receiver that repeats them all:
nobody finds one on a page, in an export, in the API, or in what a command prints.
"""

import asyncio
import contextlib
import html
import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import pytest

from automator.http.types import InboundRequest
from automator.model import RejectedDelivery
from automator.server.access.guard import Guarded
from automator.server.bootstrap.site import admin_routes
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.commands import command
from tests.support.site import Site, open_site

#: What is in the environment, and what is written out in the file.
REFERENCES = {
    "TILL_TOKEN": "till+token/0a1b2c3d4e==",
    "OLD_TOKEN": "old+token/9f8e7d6c5b==",
    "CRM_BEARER": "crm+bearer/1a2b3c4d5e==",
    "CRM_KEY": "crm+key/2a3b4c5d6e==",
    "CRM_SIGNING": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "IN_PATH": "path-3a4b5c6d7e.f_8",
    "IN_QUERY": "query-4a5b6c7d8e.f_9",
    "OPS": "user-5a6b7c8d:pass-6a7b8c9d0e",
    "BILLING": "billing+key/7a8b9c0d1e==",
    "LINKS": "links-key-8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c",
    "SPANS": "spans+token/9a0b1c2d3e==",
    "PROXY": "proxy+password/2c3d4e5f6a==",
    "CLIENT": "client+secret/0b1c2d3e4f==",
}
#: The access token that an authorization server gives.
ACCESS = "access+token/1b2c3d4e5f=="
LITERALS = [
    "literal-path-0b1c2d3e4f",
    "literal-k-1b2c3d4e5f",
    "literal-sig-2b3c4d5e6f",
    "literal-bare-3b4c5d6e7f",
    "literal-header-4b5c6d7e8f",
    "bare-query-5b6c7d8e9f",
]
SECRETS = [*REFERENCES.values(), *LITERALS, "pass-6a7b8c9d0e", ACCESS]
SETTINGS = """\
connections:
  till:
    provider: generic
    verify: {{token: [env:TILL_TOKEN, env:OLD_TOKEN], header: x-till}}
    event: {{type: body.kind}}
targets:
  written:
    url: "http://{place}/in/literal-path-0b1c2d3e4f?k=literal-k-1b2c3d4e5f\\
      &sig=literal-sig-2b3c4d5e6f&literal-bare-3b4c5d6e7f"
    headers: {{x-api-key: literal-header-4b5c6d7e8f}}
  named:
    url: http://{place}/in/env:IN_PATH?x=env:IN_QUERY
    secret: env:CRM_SIGNING
    headers: {{authorization: Bearer env:CRM_BEARER, x-crm: env:CRM_KEY}}
  granted:
    url: http://{place}/granted
    oauth2:
      {{token_url: "http://id.example/token", client_id: user-5a6b7c8d, client_secret: env:CLIENT}}
  denied:
    url: http://{place}/denied
    oauth2:
      {{token_url: "http://id.example/no", client_id: user-5a6b7c8d, client_secret: env:CLIENT}}
notify: {{ops: env:OPS_ADDRESS}}
secrets: {{billing: {{value: env:BILLING, hosts: ["{place}"]}}}}
links: {{secret: env:LINKS}}
traces: {{url: "http://{place}/spans", headers: {{authorization: Bearer env:SPANS}}}}
egress: {{allow: ["{place}", "id.example:80"], proxy: env:PROXY_ADDRESS}}
"""
STEPS = {
    "written": "forward: written",
    "named": "forward: named",
    "granted": "forward: granted",
    "denied": "{forward: denied, retry: {max_attempts: 1}}",
    "told": "notify: {to: ops, text: hello}",
    "header": 'request: {url: "http://PLACE/a", headers: {authorization: Bearer secret:billing}}',
    "query": 'request: {url: "http://PLACE/b", query: {q: secret:billing}}',
}
STYLES: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "JSON": lambda text: re.sub(r"\W", lambda sign: rf"\u{ord(sign[0]):04x}", text),
    "JSON, capitals": lambda text: re.sub(r"\W", lambda sign: rf"\u{ord(sign[0]):04X}", text),
    "HTML": lambda text: html.escape(text).replace("+", "&#43;").replace("=", "&#x3d;"),
    "address": lambda text: quote(text, safe=""),
    "address, small letters": lambda text: re.sub(
        "%..", lambda code: code[0].lower(), quote(text, safe="")
    ),
    "base64": lambda text: b64encode(text.encode()).decode(),
}


def rules_at(place: str) -> str:
    """A rule for each step, which all end with the answer of the receiver."""
    return "rules:\n" + "".join(
        f"  - id: {name}\n    trigger: {{event: sale}}\n    actions:\n"
        f"      - {step.replace('PLACE', place)}\n"
        for name, step in STEPS.items()
    )


@contextlib.asynccontextmanager
async def receiver(seen: list[str]) -> AsyncIterator[str]:
    """Refuses every request, and repeats the secrets that it carries in all styles."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b""
        sent = head + body.decode("utf-8", "replace")
        seen.append(sent)
        carried = [
            secret
            for secret in SECRETS
            if any(STYLES[style](secret) in sent for style in ("as it is", "address"))
            or b64encode(f"user-5a6b7c8d:{secret}".encode()).decode() in sent
            or b64encode(f"user-5a6b7c8d:{quote(secret, safe='')}".encode()).decode() in sent
        ]
        texts = [style(secret) for secret in carried for style in STYLES.values()]
        said = json.dumps({"error": "refused"})[:-1] + ', "said": "' + " ".join(texts) + '"}'
        content = said.encode()
        status = b"400 Bad"
        if head.startswith("POST http://id.example/token "):
            status, content = b"200 OK", json.dumps({"access_token": ACCESS}).encode()
        writer.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"x-said: %b\r\ncontent-length: %d\r\n\r\n%b"
            % (status, " ".join(texts).encode(), len(content), content)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"127.0.0.1:{port}"


def shown_in(text: str) -> Iterator[tuple[str, str]]:
    """The secrets that a text has, with the style."""
    for secret in SECRETS:
        for style, write in STYLES.items():
            if write(secret) in text:
                yield secret, style


def read(body: bytes) -> str:
    """The text of an answer, or of all files of an archive."""
    if not body.startswith(b"PK"):
        return body.decode()
    with ZipFile(BytesIO(body)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


async def everything(caller: Caller, ids: list[str]) -> AsyncIterator[tuple[str, str]]:
    """The address and the text of everything that this person can read."""
    for route in admin_routes():
        guarded = route.endpoint
        assert isinstance(guarded, Guarded)
        if "GET" not in (route.methods or ()) or route.path in ("/log/live", "/sign-out"):
            continue
        if route.path.startswith("/static"):
            continue
        names = re.findall(r"\{[a-z:]+\}", route.path)
        for one in ids if names else [""]:
            path = route.path
            for name in names:
                path = path.replace(name, "till" if name == "{connection}" else one)
            reply = await caller.get(path)
            if reply.status == 200:
                yield path, read(reply.body)


async def sold(site: Site, token: str, query: str = "") -> None:
    """A delivery of the till, with its older token in a header of another name as well."""
    headers = (
        ("content-type", "application/json"),
        ("x-till", token),
        ("x-copied", REFERENCES["OLD_TOKEN"]),
    )
    now_ms = site.services.clock.now_ms()
    body = b'{"kind": "sale"}'
    request = InboundRequest("POST", query, headers, body, now_ms, "127.0.0.1")
    with contextlib.suppress(RejectedDelivery):
        await site.services.intake.receive(site.services.connections["till"], request)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ADMIN], ids=lambda role: role.label)
async def test_nobody_reads_a_secret_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    seen: list[str] = []
    async with receiver(seen) as place:
        for name, value in REFERENCES.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("OPS_ADDRESS", f"json://{REFERENCES['OPS']}@{place}/told")
        login = f"user-5a6b7c8d:{quote(REFERENCES['PROXY'], safe='')}"
        # The receiver is its own proxy, and repeats the password of the proxy as well.
        monkeypatch.setenv("PROXY_ADDRESS", f"http://{login}@{place}")
        settings = SETTINGS.format(place=place)
        folder = tmp_path / "shop"
        async with open_site(folder, rules_at(place), settings_text=settings) as site:
            assert len(site.services.rulebook.active.rule_set.rules) == len(STEPS)
            working = asyncio.create_task(site.services.runner.run())
            await sold(site, REFERENCES["TILL_TOKEN"], "bare-query-5b6c7d8e9f")
            await sold(site, "a wrong token", f"k={quote(REFERENCES['OLD_TOKEN'])}")
            caller = await site.signed_in(role)
            runs: list[dict[str, str]] = []
            for _ in range(400):
                runs = (await caller.get("/api/runs?limit=100")).json()["items"]
                if len(runs) == len(STEPS) and all(run["state"] == "dead" for run in runs):
                    break
                await asyncio.sleep(0.05)
            await site.services.runner.stop()
            await working
            assert "id.example:80" in site.services.gate.destinations
            assert [run["state"] for run in runs] == ["dead"] * len(STEPS)
            ids = [run["id"] for run in runs] + [runs[0]["event_id"]]
            deliveries = (await caller.get("/api/deliveries")).json()["items"]
            ids += [row["id"] for row in deliveries] + ["till", "written", "prices.yaml", *STEPS]
            shown = [
                (path, *found)
                async for path, text in everything(caller, ids)
                for found in shown_in(text)
            ]

    proxy = b64encode(f"user-5a6b7c8d:{REFERENCES['PROXY']}".encode()).decode()
    assert all(f"Proxy-Authorization: Basic {proxy}" in sent for sent in seen)
    assert len({secret for secret in SECRETS if any(secret in sent for sent in seen)}) > 8
    assert any("/granted HTTP" in sent and ACCESS in sent for sent in seen)
    assert not any("/denied HTTP" in sent for sent in seen)
    event = runs[0]["event_id"]
    for arguments in (
        ["log"],
        ["log", "--json"],
        ["why", event],
        ["try", event],
        ["check", "--secrets"],
        ["doctor"],
        ["bundle", event, "--output", "event.zip"],
    ):
        done = await asyncio.to_thread(command, folder, *arguments)
        shown += [(" ".join(arguments), *found) for found in shown_in(done.stdout + done.stderr)]
    assert shown == []
