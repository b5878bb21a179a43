"""Every error of the API says what is wrong and how to mend it, in the reader's language."""

import pytest

from tests.support.asgi import Reply
from tests.support.site import Site

_ID = "0123456789abc"
#: A call with what is wrong about it: method, path, body, and the code of the error.
WRONG = [
    ("POST", "/api/check", b'{"file": "a.yaml", "text": ', "bad_json"),
    ("POST", "/api/check", b"{'file': 'a.yaml'}", "bad_json"),
    ("POST", "/api/try", b"[1]", "bad_json"),
    ("POST", "/api/check", b"{}", "usage"),
    ("POST", "/api/tokens", b'{"name": 1, "role": "viewer"}', "usage"),
    ("POST", "/api/replays/plan", b'{"dry_run": "no"}', "usage"),
    ("POST", "/api/accounts/lan/role", b'{"role": "boss"}', "usage"),
    ("POST", f"/api/runs/{_ID}/retry", b"", "not_found"),
    ("POST", f"/api/replays/{_ID}/stop", b"", "not_found"),
    ("DELETE", "/api/tokens/none", b"", "not_found"),
    ("DELETE", "/api/accounts/none", b"", "not_found"),
    ("GET", "/api/runs?from=2d", b"", "usage"),
    ("GET", "/api/runs?state=dead&state=done", b"", "usage"),
    ("GET", f"/api/runs/{_ID}?fields=state", b"", "usage"),
    ("POST", "/api/targets/shop/pause", b'{"reson": "sale"}', "usage"),
    ("GET", f"/api/events/{_ID}", b"", "not_found"),
    ("GET", f"/api/runs/{_ID}", b"", "not_found"),
    ("GET", f"/api/deliveries/{_ID}/doctor", b"", "not_found"),
    ("GET", f"/api/replays/{_ID}", b"", "not_found"),
    ("GET", "/api/rules/none.yaml", b"", "not_found"),
    ("GET", "/api/promotions/none", b"", "not_found"),
    ("POST", "/api/targets/none/pause", b"{}", "not_found"),
    ("GET", "/api/contacts/page/none", b"", "not_found"),
    ("GET", "/api/nothing", b"", "not_found"),
    ("GET", "/api", b"", "not_found"),
    ("DELETE", "/api/runs", b"", "method_not_allowed"),
    ("GET", "/api/runs/x", b"", "not_found"),
]


async def answer_to(site: Site, method: str, path: str, body: bytes, language: str = "en") -> Reply:
    headers = {"content-type": "application/json", "accept-language": language}
    return await site.program().request(method, path, body, headers)


@pytest.mark.parametrize(("method", "path", "body", "code"), WRONG)
async def test_an_error_says_how_to_mend_it(
    site: Site, method: str, path: str, body: bytes, code: str
) -> None:
    english = await answer_to(site, method, path, body)
    vietnamese = await answer_to(site, method, path, body, "vi")

    assert (english.json()["error"], 400 <= english.status < 500) == (code, True)
    assert english.json()["fix"]
    assert vietnamese.json()["fix"]
    assert vietnamese.json()["fix"] != english.json()["fix"]


async def test_bad_json_is_told_with_its_place(site: Site) -> None:
    reply = await answer_to(site, "POST", "/api/check", b'{\n  "file": a.yaml\n}')

    assert reply.status == 400
    assert reply.json()["fix"].startswith("Look at line 2, column 11 of the body; ")
    assert (reply.json()["params"]["line"], reply.json()["params"]["column"]) == (2, 11)


async def test_a_misspelt_parameter_is_refused_and_the_nearest_one_named(site: Site) -> None:
    reply = await answer_to(site, "GET", "/api/events?sicne=2d", b"")

    assert reply.status == 400
    assert reply.json()["message"] == "this address has no parameter 'sicne'"
    assert reply.json()["fix"].startswith("Did you mean 'since'? It takes: ")


async def test_a_misspelt_field_of_a_body_changes_nothing(site: Site) -> None:
    reply = await answer_to(site, "POST", "/api/targets/*/pause", b'{"reson": "sale"}')

    assert reply.status == 400
    assert reply.json()["fix"] == "Did you mean 'reason'? It takes: reason."
    targets = (await site.program().get("/api/targets")).json()["items"]
    assert [target["name"] for target in targets] == ["demo-target"]


async def test_the_metrics_take_the_parameters_of_any_collector(site: Site) -> None:
    assert (await answer_to(site, "GET", "/metrics?name[]=up", b"")).status == 200


async def test_a_request_of_another_kind_is_told_which_kinds_there_are(site: Site) -> None:
    reply = await answer_to(site, "DELETE", "/api/runs", b"")

    assert reply.status == 405
    assert reply.json()["fix"] == "It takes: GET, HEAD."


async def test_a_call_without_a_token_says_where_one_is_to_be_had(site: Site) -> None:
    reply = await site.caller().get("/api/runs")

    assert (reply.status, reply.json()["error"]) == (401, "sign_in_needed")
    assert "API token" in reply.json()["fix"]
