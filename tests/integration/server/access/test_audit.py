"""Pages, programs and strangers leave rows in the audit trail, and none of them has a secret."""

from typing import Any

from automator.server.web.security import Role
from automator.store.log.audit_log import AuditFilter, AuditRow
from tests.support.site import Site


def rows(site: Site, what: str = "") -> list[AuditRow]:
    return site.services.store.log.audit(AuditFilter(what=what), limit=100)


def only(site: Site, what: str) -> tuple[str, dict[str, Any], Any, Any]:
    (row,) = rows(site, what)
    return row.who, dict(row.what.params), row.before, row.after


async def test_a_sign_in_is_a_row_of_the_account_and_a_refused_one_is_too(site: Site) -> None:
    await site.signed_in(Role.EDITOR)
    assert only(site, "signed_in")[0] == "editor"
    for _ in range(9):
        await site.caller().post("/sign-in", {"token": "unknown", "next": "/log"})
    refused = rows(site, "sign_in_refused")
    assert {dict(row.what.params)["code"] for row in refused} == {"unknown_link"}
    assert len(refused) == 5


async def test_a_token_is_recorded_without_its_secret(site: Site) -> None:
    admin = site.program()
    made = await admin.json("POST", "/api/tokens", {"name": "reports", "role": "viewer"})
    await admin.json("DELETE", f"/api/tokens/{made.json()['id']}")
    who, values, _, after = only(site, "token_made")
    assert (who, values, after["role"]) == ("command line", {"name": "reports"}, "viewer")
    assert only(site, "token_deleted")[1] == {"token": "reports"}
    assert made.json()["token"] not in str(rows(site))


async def test_a_role_has_what_there_was_before_and_after(site: Site) -> None:
    await site.signed_in(Role.EDITOR)
    await site.program().json("POST", "/api/accounts/editor/role", {"role": "viewer"})
    assert only(site, "role_given") == (
        "command line",
        {"name": "editor"},
        {"role": "editor"},
        {"role": "viewer"},
    )


async def test_what_is_refused_leaves_no_row(site: Site) -> None:
    admin, before = site.program(), len(rows(site))
    for path in ("/api/tokens/none", "/api/accounts/nobody"):
        assert (await admin.json("DELETE", path)).status == 404
    assert (await admin.json("POST", "/api/tokens", {"name": ""})).status == 400
    viewer = await site.program_as(Role.VIEWER)
    assert (await viewer.json("POST", "/api/tokens", {"name": "a"})).status == 403
    assert len(rows(site)) == before


async def test_a_saved_rule_file_names_the_file_and_the_revisions(site: Site) -> None:
    before = site.services.rulebook.active.revision
    text = "rules:\n  - id: new\n    trigger: {event: comment.created}\n    actions: [{log: a}]\n"
    admin = site.program()
    admin.headers["if-none-match"] = "*"
    reply = await admin.json("PUT", "/api/rules/new.yaml", {"text": text})
    assert reply.status in (200, 201), reply.text
    row = rows(site, "rules_changed")[0]
    assert (row.who, dict(row.what.params)) == ("command line", {"files": ["new.yaml"]})
    assert (row.before, row.after) == ({"revision": before}, {"revision": before + 1})


async def test_an_export_is_recorded(site: Site) -> None:
    admin = await site.signed_in()
    assert (await admin.get("/log/export.ndjson")).status == 200
    assert only(site, "log_exported")[0] == "admin"


async def test_only_admins_read_the_trail(site: Site) -> None:
    admin, editor = await site.signed_in(), await site.signed_in(Role.EDITOR)
    page = await admin.get("/audit?verify=yes")
    assert page.status == 200
    assert "the chain is whole" in page.text
    assert "signed in" in page.text
    assert (await editor.get("/audit")).status == 403
    assert (await (await site.program_as(Role.EDITOR)).get("/api/audit")).status == 403


async def test_programs_read_the_trail_page_by_page(site: Site) -> None:
    await site.signed_in()
    await site.signed_in(Role.EDITOR)
    admin = site.program()
    first = (await admin.get("/api/audit?limit=1&verify=yes")).json()
    assert first["chain"]["wrong"] is None
    second = (await admin.get(f"/api/audit?limit=1&before={first['next']}")).json()
    assert second["items"][0]["number"] == first["items"][0]["number"] - 1
    found = (await admin.get("/api/audit?what=signed_in&who=editor&since=1d")).json()
    assert [item["who"] for item in found["items"]] == ["editor"]
    assert (await admin.get("/api/audit?before=x")).status == 400
