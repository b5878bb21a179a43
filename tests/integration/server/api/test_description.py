"""The API describes itself in OpenAPI 3.1, to whoever may use it."""

import re

import pytest
from openapi_spec_validator import validate

from automator.server.access.guard import Guarded
from automator.server.bootstrap.site import admin_routes
from automator.server.web.security import Role
from tests.support.api_contract import description_of
from tests.support.site import Site


async def test_the_description_is_valid(site: Site) -> None:
    description = await description_of(site)

    validate(description)
    assert description["openapi"].startswith("3.1")


async def test_every_call_is_described_with_its_parameters(site: Site) -> None:
    paths = (await description_of(site))["paths"]

    calls = [
        (route.path_format, method.lower(), route.endpoint)
        for route in admin_routes()
        if isinstance(route.endpoint, Guarded) and route.endpoint.is_api
        for method in (route.methods or set()) - {"HEAD"}
    ]
    assert sum(len(operations) for operations in paths.values()) == len(calls)
    for path, method, call in calls:
        named = {one["name"] for one in paths[path][method]["parameters"] if one["in"] == "query"}
        assert named == {one.name for one in call.parameters or ()}, path
        assert ("requestBody" in paths[path][method]) == (call.body is not None), path


async def test_each_call_of_the_description_has_a_name_and_a_summary_of_its_own(site: Site) -> None:
    paths = (await description_of(site))["paths"]

    calls = [one for operations in paths.values() for one in operations.values()]

    assert len({one["operationId"] for one in calls}) == len(calls)
    assert len({one["summary"] for one in calls}) == len(calls)


@pytest.mark.parametrize("authorization", [None, "Bearer am_wrong"])
async def test_the_description_is_for_whoever_may_use_the_api(
    site: Site, authorization: str | None
) -> None:
    reply = await site.caller().get("/api/openapi.json", {"authorization": authorization})

    assert (reply.status, reply.json()["error"]) == (401, "sign_in_needed")


async def test_the_example_of_each_body_is_one_that_the_call_reads(site: Site) -> None:
    from automator.server.access.bodies import read_body_as

    bodies = [
        route.endpoint.body
        for route in admin_routes()
        if isinstance(route.endpoint, Guarded) and route.endpoint.body is not None
    ]

    assert len(bodies) > 15
    for body in bodies:
        assert body.example, body
        read_body_as(body, body.example)


@pytest.mark.parametrize("path", ["/api/runs/a%0Ab", "/api/%0A"])
async def test_a_line_break_in_an_address_leads_past_no_check(site: Site, path: str) -> None:
    reply = await site.program().get(path)
    elsewhere = await site.program().get(path, {"host": "elsewhere.example"})

    assert (reply.status, elsewhere.status) == (404, 421)
    assert "content-security-policy" in reply.headers


async def test_a_call_without_a_body_takes_none(site: Site) -> None:
    refused = await site.program().json("POST", "/api/prune", {"log": "1d"})

    assert (refused.status, refused.json()["params"]["name"]) == (400, "log")
    assert (await site.program().json("POST", "/api/prune", {})).status == 200


async def test_a_file_with_errors_is_refused_with_its_problems_by_each_call(site: Site) -> None:
    caller = await site.program_as(Role.EDITOR)
    file = site.services.rulebook.active.rule_set.files

    assert file
    saved = await caller.json(
        "PUT", "/api/rules/new.yaml", {"text": "rules: 1"}, {"if-none-match": "*"}
    )

    assert (saved.status, saved.json()["error"]) == (422, "rules_refused")
    assert saved.json()["problems"][0]["file"] == "new.yaml"


async def test_each_call_keeps_its_contract_with_lower_roles_and_without_a_token(
    site: Site,
) -> None:
    """The answers themselves are compared by the fixture of all tests of the server."""
    viewer, nobody = await site.program_as(Role.VIEWER), site.caller()
    statuses: dict[str, set[int]] = {"nobody": set(), "viewer": set()}

    for route in admin_routes():
        if not isinstance(route.endpoint, Guarded) or not route.endpoint.is_api:
            continue
        for method in (route.methods or set()) - {"HEAD"}:
            path = re.sub(r"\{\w+\}", "x", route.path_format)
            statuses["nobody"].add((await nobody.json(method, path, {})).status)
            if route.endpoint.role and route.endpoint.role > Role.VIEWER:
                statuses["viewer"].add((await viewer.json(method, path, {})).status)

    assert statuses == {"nobody": {401}, "viewer": {403}}
