"""PUT /api/shadow: rules that anybody with this scope may write, because they send nothing."""

import shutil
from pathlib import Path

import pytest

from automator.engine.rulesets.rule_folder import etag_of
from automator.server.access.tokens import create_token
from automator.server.editing import promotions
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import RULES, Site, open_site

DRAFT = """\
rules:
  - id: praise
    mode: shadow
    trigger: {event: comment.created}
    conditions: ["contains(event.text, 'đẹp')"]
    actions: [{reply: "Cảm ơn {{ event.actor.name }} ạ."}]
"""
LIVE = DRAFT.replace("    mode: shadow\n", "")


async def with_scopes(site: Site, *scopes: str, role: Role = Role.EDITOR) -> Caller:
    now_ms = site.services.clock.now_ms()
    _, secret = await create_token(
        site.services.store, name="agent", role=role, now_ms=now_ms, scopes=scopes
    )
    return site.program(secret)


def body(text: str, etag: str = "") -> dict[str, str]:
    return {"text": text, "etag": etag}


async def test_a_new_rule_is_in_force_and_sends_nothing(site: Site) -> None:
    agent = await with_scopes(site, "shadow")

    saved = (await agent.json("PUT", "/api/shadow/praise.yaml", body(DRAFT))).json()

    row = site.services.store.log.ruleset(saved["revision"])
    assert row is not None
    assert row.files["praise.yaml"] == DRAFT
    assert row.author == "token agent"
    assert saved["etag"] == etag_of(DRAFT)
    _, run = await site.event("đẹp quá")
    found = (await site.program().get(f"/api/runs/{run}")).json()
    assert (found["rule"], found["shadow"]) == ("praise", True)


async def test_only_the_text_that_a_person_has_looked_at_is_made_live(site: Site) -> None:
    agent, person = await with_scopes(site, "shadow"), site.program()
    first = (await agent.json("PUT", "/api/shadow/praise.yaml", body(DRAFT))).json()
    seen = (await person.get("/api/promotions/praise")).json()["revision"]
    page = (await (await site.signed_in()).get("/rules/promote?rule=praise")).text
    assert f'name="revision" value="{seen}"' in page
    assert "đẹp" in page
    changed = DRAFT.replace("đẹp", "xinh")
    await agent.json("PUT", "/api/shadow/praise.yaml", body(changed, first["etag"]))

    refused = await person.json("POST", "/api/promotions/praise", {"revision": seen})

    assert (refused.status, refused.json()["error"]) == (409, "conflict")
    live = (await person.get("/api/rules/praise.yaml")).json()
    assert live["text"] == changed


async def test_its_author_changes_it_until_a_person_has_made_it_live(site: Site) -> None:
    agent = await with_scopes(site, "shadow")
    first = (await agent.json("PUT", "/api/shadow/praise.yaml", body(DRAFT))).json()
    changed = DRAFT.replace("đẹp", "xinh")
    second = await agent.json("PUT", "/api/shadow/praise.yaml", body(changed, first["etag"]))
    assert second.status == 200

    seen = (await site.program().get("/api/promotions/praise")).json()["revision"]
    promoted = await site.program().json("POST", "/api/promotions/praise", {"revision": seen})
    assert promoted.status == 200

    live = (await site.program().get("/api/rules/praise.yaml")).json()
    for text in (changed, DRAFT, live["text"]):
        refused = await agent.json("PUT", "/api/shadow/praise.yaml", body(text, live["etag"]))
        assert (refused.status, refused.json()["error"]) == (409, "live_rules")
    kept = (await site.program().get("/api/rules/praise.yaml")).json()
    assert kept == live


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("praise.yaml", LIVE),
        ("praise.yaml", DRAFT.replace("mode: shadow", "mode: live")),
        ("praise.yaml", DRAFT + LIVE.removeprefix("rules:\n").replace("praise", "another")),
        ("praise.yaml", LIVE.replace("    trigger", "    enabled: false\n    trigger")),
        ("praise.yaml", "vars: {price: 1}\nrules: []\n"),
        ("knowledge/prices.md", "A scarf costs nothing."),
    ],
)
async def test_nothing_but_rules_in_shadow_mode_is_saved(site: Site, name: str, text: str) -> None:
    agent = await with_scopes(site, "shadow")
    revision = site.services.rulebook.active.revision

    refused = await agent.json("PUT", f"/api/shadow/{name}", body(text))

    assert (refused.status, refused.json()["error"]) == (409, "not_in_shadow")
    assert site.services.rulebook.active.revision == revision
    assert name not in site.services.rulebook.files()


@pytest.mark.parametrize(
    "text",
    [
        DRAFT,
        RULES + DRAFT.removeprefix("rules:\n"),
        RULES.replace("    name", "    mode: shadow\n    name"),
    ],
)
async def test_a_file_with_a_live_rule_stays_as_it_is(site: Site, text: str) -> None:
    agent = await with_scopes(site, "shadow")

    put = await agent.json("PUT", "/api/shadow/prices.yaml", body(text, etag_of(RULES)))

    assert (put.status, put.json()["error"]) == (409, "live_rules")
    assert site.services.rulebook.files()["prices.yaml"].text == RULES


async def test_the_id_of_a_live_rule_is_not_taken_from_it(site: Site) -> None:
    agent = await with_scopes(site, "shadow")
    text = DRAFT.replace("praise", "price-question")

    put = await agent.json("PUT", "/api/shadow/a-first-file.yaml", body(text))

    assert put.status == 422
    rule = site.services.rulebook.active.rule_set.rule("price-question")
    assert rule is not None
    assert not rule.spec.shadow


async def test_nothing_is_taken_from_a_rule_that_cannot_be_read_for_now(tmp_path: Path) -> None:
    settings = """\
connections:
  till:
    provider: generic
    verify: {token: till-token-for-tests-0123456789, header: x-till}
    event: {type: body.kind}
"""
    live = "rules: [{id: order, trigger: {event: paid}, actions: [{forward: {to: crm}}]}]\n"
    draft = "rules: [{id: order, mode: shadow, trigger: {event: paid}, actions: [{log: paid}]}]\n"
    crm = "targets: {crm: {url: 'https://crm.example/'}}\n"
    async with open_site(tmp_path, live, settings_text=settings + crm):
        pass
    shutil.rmtree(tmp_path / "rules")
    async with open_site(tmp_path, live, settings_text=settings) as site:
        assert site.services.rulebook.active.rule_set.unread == ("prices.yaml",)
        agent = await with_scopes(site, "shadow")

        put = await agent.json("PUT", "/api/shadow/other.yaml", body(draft))

    assert (put.status, put.json()["error"]) == (409, "unread_rules")
    shutil.rmtree(tmp_path / "rules")
    async with open_site(tmp_path, live, settings_text=settings + crm) as site:
        rule = site.services.rulebook.active.rule_set.rule("order")
    assert rule is not None
    assert not rule.spec.shadow


async def test_a_file_of_a_person_without_rules_is_not_overwritten(site: Site) -> None:
    agent, person = await with_scopes(site, "shadow"), site.program()
    person.headers["if-none-match"] = "*"
    text = "vars: {price: 250k}\n"
    await person.json("PUT", "/api/rules/shared.yaml", {"text": text})

    put = await agent.json("PUT", "/api/shadow/shared.yaml", body(DRAFT, etag_of(text)))

    assert (put.status, put.json()["error"]) == (409, "live_rules")
    assert site.services.rulebook.files()["shared.yaml"].text == text


async def test_there_is_a_bound_of_rules_in_shadow_mode(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotions, "MOST_IN_SHADOW", 1)
    agent = await with_scopes(site, "shadow")
    first = (await agent.json("PUT", "/api/shadow/praise.yaml", body(DRAFT))).json()

    put = await agent.json("PUT", "/api/shadow/more.yaml", body(DRAFT.replace("praise", "more")))

    assert (put.status, put.json()["error"]) == (409, "many_in_shadow")
    changed = body(DRAFT.replace("đẹp", "xinh"), first["etag"])
    assert (await agent.json("PUT", "/api/shadow/praise.yaml", changed)).status == 200


async def test_an_unfinished_text_of_a_person_is_not_overwritten(site: Site) -> None:
    agent, rulebook = await with_scopes(site, "shadow"), site.services.rulebook
    (rulebook.folder / "praise.yaml").write_text("rules: [", encoding="utf-8")
    await rulebook.reload_if_changed()

    put = await agent.json("PUT", "/api/shadow/praise.yaml", body(DRAFT, etag_of("rules: [")))

    assert (put.status, put.json()["error"]) == (409, "live_rules")
    assert rulebook.files()["praise.yaml"].text == "rules: ["


async def test_its_file_needs_no_other_file_which_a_person_could_not_change_any_more(
    site: Site,
) -> None:
    agent, person = await with_scopes(site, "shadow"), site.program()
    shared = LIVE.replace("praise", "thank") + "snippets: {thanks: {actions: [{reply: Cảm ơn}]}}\n"
    person.headers["if-none-match"] = "*"
    put = await person.json("PUT", "/api/rules/live.yaml", {"text": shared})
    assert put.status == 200, put.text
    using = "include: live.yaml\n" + DRAFT

    put = await agent.json("PUT", "/api/shadow/praise.yaml", body(using))

    assert (put.status, put.json()["error"]) == (409, "includes_files")


async def test_a_part_that_a_live_file_includes_is_not_changed(site: Site) -> None:
    agent, person = await with_scopes(site, "shadow"), site.program()
    shared = DRAFT + "snippets:\n  thanks:\n    actions: [{reply: Cảm ơn}]\n"
    saved = (await agent.json("PUT", "/api/shadow/praise.yaml", body(shared))).json()
    using = "include: praise.yaml\n" + LIVE.replace("praise", "live-one").replace(
        'reply: "Cảm ơn {{ event.actor.name }} ạ."', "use: thanks"
    )
    new = {"text": using}
    person.headers["if-none-match"] = "*"
    put = await person.json("PUT", "/api/rules/live.yaml", new)
    assert put.status == 200, put.text

    changed = shared.replace("reply: Cảm ơn", "reply: Sai")
    put = await agent.json("PUT", "/api/shadow/praise.yaml", body(changed, saved["etag"]))

    assert (put.status, put.json()["error"]) == (409, "live_rules")


async def test_the_change_of_somebody_else_is_not_overwritten(site: Site) -> None:
    agent = await with_scopes(site, "shadow")
    first = (await agent.json("PUT", "/api/shadow/praise.yaml", body(DRAFT))).json()
    person = site.program()
    person.headers["if-match"] = first["etag"]
    await person.json("PUT", "/api/rules/praise.yaml", {"text": DRAFT.replace("đẹp", "xinh")})

    for etag in (first["etag"], ""):
        put = await agent.json("PUT", "/api/shadow/praise.yaml", body(DRAFT, etag))
        assert put.status == 412
        assert "xinh" in put.json()["current"]["text"]


async def test_it_needs_an_editor_and_this_scope(site: Site) -> None:
    viewer = await with_scopes(site, "shadow", role=Role.VIEWER)
    others = await with_scopes(site, "read", "replay", "rules", "people", "settings")
    only_shadow = await with_scopes(site, "shadow")

    refused = await viewer.json("PUT", "/api/shadow/praise.yaml", body(DRAFT))
    assert (refused.status, refused.json()["error"]) == (403, "forbidden")
    refused = await others.json("PUT", "/api/shadow/praise.yaml", body(DRAFT))
    assert (refused.status, refused.json()["error"]) == (403, "scope")
    only_shadow.headers["if-none-match"] = "*"
    refused = await only_shadow.json("PUT", "/api/rules/praise.yaml", {"text": LIVE})
    assert (refused.status, refused.json()["error"]) == (403, "scope")
    refused = await only_shadow.json("POST", "/api/promotions/price-question", {"revision": 1})
    assert (refused.status, refused.json()["error"]) == (403, "scope")
