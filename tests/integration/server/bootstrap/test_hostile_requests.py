"""No address and no form, however strange, is answered with a fault of the server."""

import random
import re
import sys
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from starlette.routing import Route

from automator.model import format_id
from tests.integration.server.bootstrap.test_keys_and_tokens import STREAMS, guarded, site_routes
from tests.support.asgi import Caller, Reply
from tests.support.postgresql import PostgreSQLServer
from tests.support.site import RULES, Site, open_site

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

#: Requests to each method of each route; each run of the tests sends others.
_TRIES = 12
_PART = re.compile(r"\{([a-z]+)(?::path)?\}")
_KEY = re.compile(r'"([a-z_]{2,20})"')
_NUMBERS = ("0", "-1", "1", "9" * 23, "9" * 400, "0" * 9 + "9" * 9, "1e309", "NaN", "1,5", "１２")
_TIMES = ("2026-13-45", "2026-11-26T25:00", "0001-01-01", "9999-12-31T23:59", "9999999999d")
_MARKS = ("", "\x00", "a\x00b", "\ufffd", "\u202eabc", "é" * 3000, "'", '"', "%", "\\", "../..")
_CODE = ("<script>", "{{ 1 }}", "{% x", "trigger: [", "rules: &a [*a]", "- a", RULES)
_SEARCHES = ("reason=throttled", "state=dead", '"unclosed', "id:x", "-x", "x:", "(", "*", "a OR b")
_KNOWN = ("prices.yaml", "demo-page", "demo-target", "price-question", "facebook", "vi", "dead")
_JSON = (None, True, 0, -1, 2**63, 2**64 - 1, 1.5, 1e308, [], {}, [[]], {"a": {}})
#: Who takes these is signed out, or sees no demo any more.
_ENDS = ("/sign-out", "/connections/leave-demo")

#: The server of a provider was to be asked, and none answers here.
_OF_ANOTHER = 502


@cache
def keys_of(module: str) -> list[str]:
    """The short words in the code of a page: the keys that it reads are among them."""
    path = Path(str(sys.modules[module].__file__))
    return sorted(set(_KEY.findall(path.read_text(encoding="utf-8")))) or ["text"]


class Stranger:
    """Sends whatever comes, chosen anew for each seed."""

    def __init__(self, caller: Caller, csrf: str, ids: list[str], seed: int) -> None:
        self._caller = caller
        self._csrf = csrf
        self._values = [*_NUMBERS, *_TIMES, *_MARKS, *_CODE, *_SEARCHES, *_KNOWN, *ids]
        self._random = random.Random(seed)  # noqa: S311 - it chooses, and keeps no secret.

    async def asks(self, route: Route, method: str) -> tuple[str, Reply]:
        """One request, and what it was, to send it again."""
        path = _PART.sub(lambda _: quote(self._value(), safe="") or "x", route.path)
        query = self._fields(route)
        path = f"{path}?{urlencode(query)}" if query else path
        if guarded(route).is_api:
            body = {
                name: self._random.choice((value, *_JSON))
                for name, value in self._fields(route).items()
            }
            sent = {"x-csrf-token": self._csrf, "sec-fetch-site": "same-origin"}
            return f"{method} {path} {body}", await self._caller.json(method, path, body, sent)
        if method == "GET":
            return f"{method} {path}", await self._caller.get(path)
        form = {"csrf": self._csrf, **self._fields(route)}
        return f"{method} {path} {form}", await self._caller.post(path, form)

    def _value(self) -> str:
        return self._random.choice(self._values)

    def _fields(self, route: Route) -> dict[str, str]:
        endpoint = guarded(route).endpoint
        module = getattr(endpoint, "func", endpoint).__module__
        count = self._random.choice((0, 1, 2, 4, 8))
        declared = [one.name for one in guarded(route).parameters or ()]
        keys = [*keys_of(module), *declared]
        return {self._random.choice(keys): self._value() for _ in range(count)}


@pytest.fixture(params=["sqlite", "postgresql"])
async def any_site(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """A server on each kind of database: what one of them takes, the other may refuse."""
    if request.param == "sqlite":
        async with open_site(tmp_path) as opened:
            yield opened
    else:
        server: PostgreSQLServer = request.getfixturevalue("postgresql")
        database = server.new_database()
        async with open_site(tmp_path, database=database) as opened:
            yield opened
        server.give_back(database)


async def test_no_request_is_answered_with_a_fault_of_the_server(
    any_site: Site, request: pytest.FixtureRequest
) -> None:
    site = any_site
    caller = await site.signed_in()
    ids = [text for number in range(6) for text in await site.event(f"Giá bao nhiêu {number}?")]
    ids += [format_id(row.id) for row in site.services.store.log.deliveries()[:3]]
    seed = request.config.getoption("randomly_seed", 0)
    stranger = Stranger(caller, await site.csrf(caller), ids, seed)
    routes = [
        (route, method)
        for route in site_routes()
        for method in sorted((route.methods or set()) - {"HEAD"})
        if route.path not in (*STREAMS, *_ENDS) and "/accounts/" not in route.path
    ]
    for route, method in routes * _TRIES:
        asked, reply = await stranger.asks(route, method)

        assert reply.status < 500 or reply.status == _OF_ANOTHER, asked
