"""What a stranger, a rule editor or a viewer may send to stall or fill the server.

Every attack is bounded in count and in time, and comes from its own loopback address.
"""

import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.support.asgi import multipart
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram

#: The address that attackers come from; the canary comes from 127.0.0.1.
ATTACKER = "127.0.0.2"
MEGABYTE = 1_000_000
#: Connections whose bodies are parsed by each provider's own code.
HOOKS = ("shop-page", "oa", "team", "meetings", "app", "orders", "feed")

Attack = Callable[[ServerProgram, float], dict[str, Any]]


class Attacker:
    """Sends until its time is up, and counts the answers."""

    def __init__(self, server: ServerProgram, seconds: float) -> None:
        self.server = server
        place = urlsplit(server.url)
        self._address = (place.hostname or "", place.port or 0)
        self._until = time.monotonic() + seconds
        self.answers: dict[str, int] = {}

    def has_time(self) -> bool:
        return time.monotonic() < self._until

    def send(
        self, method: str, path: str, body: bytes, headers: dict[str, str] | None = None
    ) -> int:
        """One request; 0 when the server hung up."""
        given = headers or {"content-type": "application/json"}
        try:
            status = self._exchange(method, path, body, given)[0].status
        except (OSError, HTTPException):
            status = 0
        self.count(str(status))
        return status

    def api(self, method: str, path: str, body: Any) -> int:
        """A call with the rights of this machine's owner."""
        headers = {
            "authorization": f"Bearer {self.server.control_token}",
            "content-type": "application/json",
        }
        return self.send(method, path, json.dumps(body).encode(), headers)

    def signed_in(self) -> str:
        """The cookie of a viewer who has just signed in."""
        headers = {
            "authorization": f"Bearer {self.server.control_token}",
            "content-type": "application/json",
        }
        wanted = json.dumps({"account": "watcher", "role": "viewer"}).encode()
        made = self._exchange("POST", "/api/sign-in-links", wanted, headers)[1]
        token = json.loads(made)["url"].rpartition("/")[2]
        form = urlencode({"token": token, "next": "/log"}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": self.server.url}
        answer = self._exchange("POST", "/sign-in", form, headers)[0]
        return (answer.getheader("set-cookie") or "").partition(";")[0]

    def page_request(self, path: str) -> bytes:
        """The bytes of a request of this viewer."""
        return (
            f"GET {path} HTTP/1.1\r\nhost: {urlsplit(self.server.url).netloc}\r\n"
            f"cookie: {self.signed_in()}\r\n\r\n"
        ).encode()

    def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        """One request, and its answer with the body."""
        connection = HTTPConnection(*self._address, timeout=60, source_address=(ATTACKER, 0))
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def open(self, content: bytes) -> socket.socket | None:
        """A connection that stays open after these first bytes; None when the server refuses it."""
        try:
            opened = socket.create_connection(self._address, 10, source_address=(ATTACKER, 0))
        except OSError:
            self.count("refused")
            return None
        if not self.push(opened, content):
            opened.close()
            return None
        return opened

    def push(self, opened: socket.socket, content: bytes) -> bool:
        """Sends more; False when the server has closed the connection."""
        try:
            opened.sendall(content)
        except OSError:
            self.count("closed")
            return False
        return True

    def count(self, answer: str) -> None:
        self.answers[answer] = self.answers.get(answer, 0) + 1


def doubled_keys(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Unsigned objects with a key twice: at the very end, each of them, and one again and again."""
    attacker = Attacker(server, seconds)
    names = ",".join(f'"k{number}":1' for number in range(40_000))
    last = f'{{{names},"k39999":2}}'.encode()
    every = f"{{{names},{names}}}".encode()
    same = b'{"a":1' + b',"a":1' * 150_000 + b"}"
    while attacker.has_time():
        for hook in HOOKS:
            for body in (last, every, same):
                attacker.send("POST", f"/hooks/{hook}", body)
    return attacker.answers


def tiny_chunks(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Bodies whose chunks have one byte each, on eight connections at a time."""
    head = (
        b"POST /hooks/orders HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n"
        b"transfer-encoding: chunked\r\n\r\n"
    )
    request = head + b"1\r\n1\r\n" * MEGABYTE + b"0\r\n\r\n"
    return at_once(8, partial(_send_whole, request), server, seconds)


def encoded_bodies(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Compressed bodies of many megabytes, which are refused, on twenty connections at a time."""
    head = (
        b"POST /hooks/orders HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n"
        b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % (20 * MEGABYTE)
    )
    request = head + b"\x1f" * (20 * MEGABYTE)
    return at_once(20, partial(_send_whole, request), server, seconds)


def uploads(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """A viewer who uploads files as large as may be, and small ones that unpack to a lot."""
    place = urlsplit(server.url)
    link = server.api("POST", "/api/sign-in-links", {"account": "viewer", "role": "viewer"})["url"]
    connection = HTTPConnection(place.hostname or "", place.port, timeout=60)
    form = urlencode({"token": link.rpartition("/")[2], "next": "/log"})
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "same-origin",
    }
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    headers["cookie"] = (answer.getheader("set-cookie") or "").partition(";")[0]
    connection.request("GET", "/log", headers=headers)
    page = connection.getresponse().read().decode()
    connection.close()
    headers["x-csrf-token"] = page.partition('name="csrf" content="')[2][:64]
    headers["content-type"] = "multipart/form-data; boundary=ours"
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("manifest", "event", "decisions", "settings"):
            archive.writestr(f"{name}.json", f"[{'{},' * 1_300_000}0]")
    contents = (packed.getvalue(), b"\r\n--our" * 1_300_000, b"\0" * 10 * MEGABYTE)
    fields = {"file": "new.yaml", "text": "rules: []\n", "pick": "bundle"}
    bodies = [multipart(fields, {"bundle": ("case.zip", one)}, "ours") for one in contents]
    long = multipart({**fields, "text": "<&" * 5 * MEGABYTE}, {}, "ours")
    return at_once(4, partial(_upload, [*bodies, long], headers), server, seconds)


def _upload(
    bodies: list[bytes], headers: dict[str, str], server: ServerProgram, seconds: float
) -> dict[str, Any]:
    attacker = Attacker(server, seconds)
    while attacker.has_time():
        for body in bodies:
            attacker.send("POST", "/rules/try", body, headers)
    return attacker.answers


def _send_whole(request: bytes, server: ServerProgram, seconds: float) -> dict[str, Any]:
    attacker = Attacker(server, seconds)
    while attacker.has_time():
        opened = attacker.open(b"")
        if opened is not None:
            with opened, contextlib.suppress(OSError):
                opened.settimeout(60)
                attacker.push(opened, request)
                attacker.count(opened.recv(100).split(b" ")[1].decode())
    return attacker.answers


def at_once(count: int, attack: Attack, server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Several attackers that do the same."""
    with ThreadPoolExecutor(count) as pool:
        attacks = [pool.submit(attack, server, seconds) for _ in range(count)]
    return dict(sum((Counter(one.result()) for one in attacks), Counter()))


def deep_bodies(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Unsigned bodies of brackets in brackets, of one number, of forms and of XML."""
    attacker = Attacker(server, seconds)
    forms = {"content-type": "application/x-www-form-urlencoded"}
    xml = {"content-type": "application/xml"}
    while attacker.has_time():
        for hook in HOOKS:
            path = f"/hooks/{hook}"
            attacker.send("POST", path, b"[" * 500_000 + b"]" * 500_000)
            attacker.send("POST", path, b'{"a":' + b"9" * 900_000 + b"}")
            attacker.send("POST", path, b"&".join([b"a=1"] * 200_000), forms)
            attacker.send("POST", path, b"<a>" * 120_000 + b"</a>" * 120_000, xml)
    return attacker.answers


def unsigned_junk(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Megabytes that no signature vouches for."""
    attacker = Attacker(server, seconds)
    headers = {"content-type": "application/json", "x-junk": "j" * 6000}
    body = json.dumps({"object": "page", "junk": "x" * (MEGABYTE - 100)}).encode()
    while attacker.has_time():
        for hook in HOOKS:
            attacker.send("POST", f"/hooks/{hook}", body, headers)
    return attacker.answers


def unfinished_headers(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Connections whose headers never end, and some with one header of megabytes."""
    attacker = Attacker(server, seconds)
    first = b"POST /hooks/shop-page HTTP/1.1\r\nhost: shop\r\n"
    with contextlib.ExitStack() as connections:
        opened = []
        for _ in range(300):
            connection = attacker.open(first)
            if connection is not None:
                opened.append(connections.enter_context(connection))
        big = attacker.open(first + b"x-big: ")
        line = b"x-filler: " + b"y" * 4000 + b"\r\n"
        while attacker.has_time():
            opened = [connection for connection in opened if attacker.push(connection, line)]
            if big is not None and not attacker.push(big, b"z" * MEGABYTE):
                big.close()
                big = None
            time.sleep(0.1)
        if big is not None:
            big.close()
    return attacker.answers


def bodies_that_never_come(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Connections that announce a body and send a byte of it now and then."""
    attacker = Attacker(server, seconds)
    first = (
        b"POST /hooks/shop-page HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n"
        b"content-length: 900000\r\n\r\n{"
    )
    with contextlib.ExitStack() as connections:
        opened = []
        while attacker.has_time():
            while len(opened) < 300 and attacker.has_time():
                connection = attacker.open(first)
                if connection is None:
                    break
                opened.append(connections.enter_context(connection))
            opened = [connection for connection in opened if attacker.push(connection, b" ")]
            time.sleep(0.2)
    return attacker.answers


def checks(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Rule files that are expensive to look at."""
    attacker = Attacker(server, seconds)
    keys = "\n".join(f"k{number}: 1" for number in range(18_000))
    rule = "  - id: r{0}\n    trigger: {{event: comment.created}}\n    k{0}: 1\n    actions: []\n"
    rules = "rules:\n" + "".join(rule.format(number) for number in range(600))
    while attacker.has_time():
        for text in (keys, rules):
            attacker.api("POST", "/api/check", {"file": "bomb.yaml", "text": text})
    return attacker.answers


def long_texts(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """A viewer who wants help with writing in texts as long as may be."""
    attacker = Attacker(server, seconds)
    while attacker.has_time():
        for unit in ("- ", "a: {", "a ", "a.", "a: [", "k: v\n", "{{ a | "):
            text = ("rules:\n  - id: a\n    conditions:\n      - " + unit * 200_000)[:250_000]
            for what in ("complete", "hover"):
                body = {"text": text, "position": len(text)}
                attacker.api("POST", f"/api/{what}", body)
    return attacker.answers


_CONDITIONS = {
    "copies": "event.data|[{at}]|[{at}]|to_json(@)".format(at=",".join("@" * 100)),
    "lists": "event.data|[{at}]|[{at}]|[{at}]|length(@) > `1`".format(at=",".join("@" * 60)),
    "pattern": r"matches(event.text, '[^x]{1,900}x')",
    "counted": r"matches(event.text, '((a?){30}){30}b')",
}
_TEMPLATES = {
    "literals": "{{ [" + ",".join(["event.data"] * 240) + "] }}",
    "loops": "{% for a in [1,2,3,4,5,6,7,8,9] %}{% for b in [1,2,3,4,5,6,7,8,9] %}"
    "{% for c in [1,2,3,4,5,6,7,8,9] %}{{ [event.data, event.data, event.data] | join('') }}"
    "{% endfor %}{% endfor %}{% endfor %}",
}


def hostile_rules(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """Expressions, patterns and templates of a rule editor that make far more than they read."""
    attacker = Attacker(server, seconds)
    for name, expression in _CONDITIONS.items():
        text = _rule(name, f"    conditions: [{json.dumps(expression)}]\n", "ok")
        attacker.count(f"{name}: {_save(attacker, name, text)}")
    for name, template in _TEMPLATES.items():
        attacker.count(f"{name}: {_save(attacker, name, _rule(name, '', template))}")
    number = 0
    while attacker.has_time():
        number += 1
        body = delivery(changes=[comment(number, f"victim-{number}", "aé" * 7_000)])
        attacker.send("POST", "/hooks/victim-page", body, signed(body))
        time.sleep(0.05)
    return attacker.answers


def _save(attacker: Attacker, name: str, text: str) -> int:
    headers = {
        "authorization": f"Bearer {attacker.server.control_token}",
        "content-type": "application/json",
        "if-none-match": "*",
    }
    content = json.dumps({"text": text}).encode()
    return attacker.send("PUT", f"/api/rules/{name}.yaml", content, headers)


def _rule(name: str, conditions: str, template: str) -> str:
    return (
        f"rules:\n  - id: {name}\n"
        "    trigger: {event: comment.created, connection: victim-page}\n"
        f"{conditions}    actions:\n      - set: {{made: {json.dumps(template)}}}\n"
    )


def signature_in_a_trailer(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """A chunked body whose signature follows it: a trailer is no header."""
    attacker = Attacker(server, seconds)
    number = 0
    while attacker.has_time():
        number += 1
        body = delivery(changes=[comment(number, "trailer", "chào")])
        signature = hmac.new(b"app-secret-for-tests-0123456789", body, hashlib.sha256).hexdigest()
        request = (
            b"POST /hooks/shop-page HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n"
            b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
            + f"{len(body):x}\r\n".encode()
            + body
            + f"\r\n0\r\nx-hub-signature-256: sha256={signature}\r\n\r\n".encode()
        )
        opened = attacker.open(request)
        if opened is not None:
            with opened, contextlib.suppress(OSError):
                attacker.count(opened.recv(100).split(b" ")[1].decode())
        time.sleep(0.05)
    return attacker.answers


def watched_log(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """One viewer whose ten streams of the log break and begin again, while every event has a row,
    and who asks for twice as many as anybody gets.
    """
    attacker = Attacker(server, seconds)
    _fill_log(attacker, "shop-page", 400)
    request = attacker.page_request("/log/live?after=0.0")
    while attacker.has_time():
        with contextlib.ExitStack() as connections:
            streams = [attacker.open(request) for _ in range(20)]
            for opened in streams:
                if opened is not None:
                    connections.enter_context(opened)
                    attacker.count(opened.recv(12)[9:].decode())
            time.sleep(0.5)
    return attacker.answers


def exports(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """One viewer who saves the whole log and all contacts as files, many times at once."""
    attacker = Attacker(server, seconds)
    _fill_log(attacker, "victim-page", 1_500)
    cookie = attacker.signed_in()

    def save(path: str) -> None:
        while attacker.has_time():
            attacker.send("GET", path, b"", {"cookie": cookie})

    files = ("/log/export.csv", "/log/export.ndjson", "/contacts/export.csv", "/log")
    threads = [threading.Thread(target=save, args=(path,)) for path in files * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return attacker.answers


def many_rules(server: ServerProgram, seconds: float) -> dict[str, Any]:
    """An editor who saves thousands of rules for the events of others.

    Rules in force take some 15 kB each: how many there are must not depend on the machine's speed.
    """
    attacker = Attacker(server, seconds)
    rule = (
        "  - id: {name}-{number}\n    trigger: {{event: [comment.created, {name}.x]}}\n"
        "    conditions: [\"keywords(event.text, ['mã {number}', '{name} {number}'])\"]\n"
        "    actions: [log: mã]\n"
    )
    file = 0
    while attacker.has_time() and file < 6:
        file += 1
        name = f"many{file}"
        rules = "".join(rule.format(name=name, number=number) for number in range(1_000))
        attacker.count(f"saved: {_save(attacker, name, 'rules:' + chr(10) + rules)}")
    while attacker.has_time():
        time.sleep(0.1)
    return attacker.answers


def _fill_log(attacker: Attacker, connection: str, events: int) -> None:
    """A run of each of so many events, and of all further ones of this connection."""
    rule = f"rules: [{{id: rows, trigger: {{connection: {connection}}}, actions: [log: seen]}}]\n"
    attacker.count(f"rules: {_save(attacker, 'rows', rule)}")
    for start in range(0, events, 100):
        numbers = range(start, start + 100)
        body = delivery(changes=[comment(number, f"saved-{number}", "giá?") for number in numbers])
        attacker.send("POST", f"/hooks/{connection}", body, signed(body))


ATTACKS: dict[str, Attack] = {
    "doubled keys": doubled_keys,
    "tiny chunks": tiny_chunks,
    "deep bodies": deep_bodies,
    "encoded bodies": encoded_bodies,
    "uploads": uploads,
    "unsigned junk": unsigned_junk,
    "unfinished headers": unfinished_headers,
    "bodies that never come": bodies_that_never_come,
    "expensive checks": checks,
    "help with long texts": long_texts,
    "hostile rules": hostile_rules,
    "signatures in trailers": signature_in_a_trailer,
    "a watched log": watched_log,
    "exports": exports,
    "many rules": many_rules,
}
