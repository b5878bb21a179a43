"""Letters on their way out, handed over to a mail server on the loopback address."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from automator.engine.network.egress import Egress
from automator.engine.network.mail import _Exchange
from automator.http.types import MAIL, HttpReply
from automator.model import PermanentError, RetryableError, StepError, UnknownOutcome
from tests.support.errors import raises_code
from tests.support.tls import self_signed

HANG = "hang"
CLOSE = "close"


@dataclass
class MailServer:
    """Speaks as much SMTP as one letter needs; `answers` are in place of its own, by the verb."""

    answers: Mapping[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    port: int = 0
    heard: list[str] = field(default_factory=list)
    letter: bytes = b""
    on_hang: Callable[[], Awaitable[None]] = field(default=lambda: asyncio.sleep(0))

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def verbs(self) -> list[str]:
        return [line.split()[0].upper() for line in self.heard]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not await self._say(writer, "CONNECT", "220 shop ESMTP"):
                return
            while line := (await reader.readline()).decode().strip():
                self.heard.append(line)
                verb = line.split()[0].upper()
                more = "250-STARTTLS\r\n" if self.tls else ""
                own = {
                    "EHLO": f"250-shop\r\n{more}250 AUTH PLAIN",
                    "AUTH": "235 welcome",
                    "DATA": "354 go on",
                    "STARTTLS": "220 go on",
                    "QUIT": "221 bye",
                }
                if not await self._say(writer, verb, own.get(verb, "250 ok")):
                    return
                if verb == "STARTTLS" and self.tls:
                    await writer.start_tls(self.tls)
                    self.tls = None
                if verb == "DATA" and not self.answers.get("DATA"):
                    self.letter = await reader.readuntil(b"\r\n.\r\n")
                    if not await self._say(writer, "LETTER", "250 queued as 7"):
                        return
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter, verb: str, own: str) -> bool:
        answer = self.answers.get(verb, own)
        if answer == HANG:
            await self.on_hang()
            await asyncio.sleep(60)
        if answer in (HANG, CLOSE):
            return False
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
        return True


@asynccontextmanager
async def serving(server: MailServer) -> AsyncIterator[MailServer]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


async def send(server: MailServer, *, timeout_s: float = 10.0, login: str = "") -> HttpReply:
    egress = Egress((f"127.0.0.1:{server.port}",))
    headers = {"mail-from": "me@shop.example", "mail-to": "a@x.example,b@y.example"}
    if login:
        headers["authorization"] = login
    try:
        return await egress.request(
            MAIL, server.url, headers=headers, body=b"Subject: x\n\nhi\n.dot\n", timeout_s=timeout_s
        )
    finally:
        await egress.close()


async def test_a_letter_is_handed_over_to_every_receiver() -> None:
    async with serving(MailServer()) as server:
        reply = await send(server)

    assert (reply.status, reply.body) == (250, b"queued as 7")
    # The words of SMTP have no case, and Python's differs by its version.
    assert [line.lower() for line in server.heard[1:4]] == [
        "mail from:<me@shop.example>",
        "rcpt to:<a@x.example>",
        "rcpt to:<b@y.example>",
    ]
    assert server.letter == b"Subject: x\r\n\r\nhi\r\n..dot\r\n.\r\n"


@pytest.mark.parametrize(
    ("verb", "answer", "error"),
    [
        ("CONNECT", "421 busy", RetryableError),
        ("CONNECT", "554 go away", PermanentError),
        ("CONNECT", CLOSE, RetryableError),
        ("MAIL", "451 later", RetryableError),
        ("MAIL", "550 no", PermanentError),
        ("RCPT", "550 nobody", PermanentError),
        ("RCPT", CLOSE, RetryableError),
        ("DATA", "554 no", PermanentError),
        ("LETTER", "451 later", RetryableError),
        ("LETTER", "552 too large", PermanentError),
        ("LETTER", CLOSE, UnknownOutcome),
    ],
)
async def test_nothing_sent_and_perhaps_sent_are_told_apart(
    verb: str, answer: str, error: type[StepError]
) -> None:
    async with serving(MailServer({verb: answer})) as server:
        with pytest.raises(error):
            await send(server)


@pytest.mark.parametrize(
    ("verb", "error"), [("CONNECT", RetryableError), ("LETTER", UnknownOutcome)]
)
async def test_a_server_that_is_silent_is_left_at_the_deadline(
    verb: str, error: type[StepError], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[_Exchange] = []
    run = _Exchange.run
    monkeypatch.setattr(_Exchange, "run", lambda self: (begun.append(self), run(self))[1])
    server = MailServer({verb: HANG})

    async def end() -> None:
        while not begun:  # noqa: ASYNC110 - a thread begins it, perhaps after the greeting.
            await asyncio.sleep(0.01)
        # What the timer does at the deadline.
        begun[0].end()

    server.on_hang = end
    async with serving(server):
        with raises_code(error, "timeout"):
            await send(server, timeout_s=60)


async def test_the_deadline_is_the_one_of_the_step() -> None:
    async with serving(MailServer({"CONNECT": HANG})) as server:
        with raises_code(RetryableError, "timeout"):
            await send(server, timeout_s=0.3)


async def test_a_letter_that_was_taken_is_sent_even_if_the_server_says_no_goodbye() -> None:
    async with serving(MailServer({"QUIT": CLOSE})) as server:
        assert (await send(server)).status == 250


async def test_a_password_is_never_sent_in_the_clear() -> None:
    async with serving(MailServer()) as server:
        with raises_code(PermanentError, "mail_without_tls"):
            await send(server, login="Basic bWU6cHc=")
    assert "AUTH" not in server.verbs


async def test_without_tls_only_a_listed_server_is_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(MailServer()) as server:
        monkeypatch.setattr(
            "automator.engine.network.address_guard.AddressGuard.is_listed", lambda *_: False
        )
        with pytest.raises(PermanentError) as caught:
            await send(server)

    assert (caught.value.code, server.verbs) == ("mail_without_tls", ["EHLO"])


async def test_a_server_that_offers_tls_is_asked_for_it_and_must_have_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(MailServer(tls=self_signed(tmp_path))) as server:
        with pytest.raises(RetryableError) as caught:
            await send(server, login="Basic bWU6cHc=")
    assert (caught.value.code, server.verbs) == ("tls", ["EHLO", "STARTTLS"])

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    async with serving(MailServer(tls=self_signed(tmp_path))) as server:
        await send(server, login="Basic bWU6cHc=")
    assert server.verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("smtp://127.0.0.1:587", {}),
        ("smtp://10.0.0.5:587", {}),
        ("smtp://mail.example:6379", {}),
        ("https://mail.example:587", {}),
        ("smtp://private.example:587", {}),
        ("smtp://public.example:587", {"mail-to": "a@x.example>\r\nDATA"}),
    ],
)
async def test_letters_are_guarded_as_requests_are(url: str, headers: dict[str, str]) -> None:
    async def find(host: str, _port: int) -> list[str]:
        return ["10.0.0.5"] if host == "private.example" else ["93.184.216.34"]

    egress = Egress(lookup=find)
    given = {"mail-from": "me@shop.example", "mail-to": "a@x.example", **headers}
    with raises_code(PermanentError, "address_refused"):
        await egress.request(MAIL, url, headers=given, body=b"x")


async def test_a_request_reaches_no_mail_server() -> None:
    with raises_code(PermanentError, "address_refused"):
        await Egress().request("POST", "http://mail.example:25/", body=b"x")
