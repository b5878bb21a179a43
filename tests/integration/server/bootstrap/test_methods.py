"""An address that does not take a kind of request names the kinds that it takes."""

import re

from automator.server.bootstrap.site import admin_routes
from tests.support.site import Site

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE")
#: Beside the routes in the table of pages and calls.
OUTSIDE = ("/hooks/demo-page", "/l/token", "/healthz", "/readyz")


async def test_every_address_names_exactly_the_kinds_of_requests_that_it_takes(site: Site) -> None:
    stranger = site.caller()
    addresses = {re.sub(r"{[^}]*}", "x", route.path) for route in admin_routes()}
    # The server of this test is a demo, which has its own pages there.
    addresses.remove("/demo/x")
    wrong = {}
    for address in sorted({*addresses, *OUTSIDE}):
        refused = [await stranger.request(method, address, b"") for method in METHODS]
        taken = [
            method for method, reply in zip(METHODS, refused, strict=True) if reply.status != 405
        ]
        named = {
            tuple(sorted({*reply.headers.get("allow", "").split(", ")} - {"OPTIONS"}))
            for reply in refused
            if reply.status == 405
        }
        if named != {tuple(sorted(taken))}:
            wrong[address] = (taken, named)

    assert wrong == {}
    assert len(addresses) > 100


async def test_options_is_answered_with_what_an_address_takes(site: Site) -> None:
    reply = await site.caller().request("OPTIONS", "/api/rules/a.yaml", b"")

    assert (reply.status, reply.headers["allow"]) == (405, "DELETE, GET, HEAD, PUT")
