"""Who is told by `notify` is named in the page; the address is kept as a secret."""

import re
from pathlib import Path

import pytest

from automator.engine.outbound.destinations import EVERYTHING
from automator.server.web.security import Role
from tests.support.notices import a_service
from tests.support.site import RULES, Site, open_site

SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: a-literal-app-secret-0123456789
    verify_token: verify-0123456789
notify:
  boss: tgram://123456:the-boss/99   # asked on Monday
"""
TELLS = """\
rules:
  - id: tells
    name: Tell the boss
    trigger: {event: comment.created}
    actions:
      - follow_up: {after: 1h, actions: [notify: {to: boss, text: "{{ event.text }}"}]}
"""
ADDRESS = "tgram://123456:token-that-nobody-sees/42"


def secrets_of(site: Site) -> list[str]:
    return [path.read_text().strip() for path in (site.services.data / "secrets").glob("*")]


async def test_somebody_is_told_after_a_name_and_an_address_were_typed(shop: Site) -> None:
    owner = await shop.signed_in()
    assert "Who is told" in (await owner.get("/connections")).text

    saved = await shop.press(owner, "/connections/receivers", receiver="Ca Sáng", address=ADDRESS)

    assert saved.status == 303
    assert re.search(r"\n  ca-sang: file:/", shop.settings_text())
    assert ADDRESS not in shop.settings_text()
    assert secrets_of(shop) == [ADDRESS]
    assert shop.services.settings_file
    assert shop.services.settings_file.restart.is_set()


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"way": "tgram", "token": "123456:AB-c", "chat": "-100"}, "tgram://123456:AB-c/-100"),
        ({"way": "zalo", "token": "12:to/ken", "chat": "42"}, "zalo://12:to%2Fken/42"),
        (
            {
                "way": "mailtos",
                "sender": "an.shop+b@gmail.com",
                "password": "p@ss/w?rd",
                "to": "lan@shop.example",
            },
            "mailtos://an.shop%2Bb:p%40ss%2Fw%3Frd@gmail.com?to=lan@shop.example",
        ),
    ],
)
async def test_the_fields_of_a_way_make_the_address(
    shop: Site, fields: dict[str, str], address: str
) -> None:
    owner = await shop.signed_in()

    saved = await shop.press(owner, "/connections/receivers", receiver="ops", **fields)
    half = await shop.press(
        owner, "/connections/receivers", receiver="ops", **{**fields, list(fields)[-1]: ""}
    )

    assert saved.status == 303
    assert secrets_of(shop) == [address]
    assert half.status == 422


async def test_an_address_that_reaches_nobody_is_refused_and_kept_for_another_try(
    shop: Site,
) -> None:
    owner = await shop.signed_in()

    no_service = await shop.press(
        owner, "/connections/receivers", receiver="ops", address="hello-there"
    )
    no_name = await shop.press(owner, "/connections/receivers", receiver="!", address=ADDRESS)
    key = re.search(r'name="kept" value="([^"]+)"', no_name.text)

    assert (no_service.status, no_name.status) == (422, 422)
    assert "this is no address of a service" in no_service.text
    assert "hello-there" not in no_service.text
    assert "file:" not in no_service.text
    assert ADDRESS not in no_name.text
    assert shop.settings_text() == SETTINGS
    assert secrets_of(shop) == []
    assert key
    again = await shop.press(owner, "/connections/receivers", receiver="ops", kept=key[1])
    assert again.status == 303
    assert secrets_of(shop) == [ADDRESS]


async def test_somebody_whom_no_rule_tells_is_taken_out(tmp_path: Path) -> None:
    async with open_site(tmp_path, TELLS, settings_text=SETTINGS) as site:
        owner = await site.signed_in()
        await site.press(owner, "/connections/receivers", receiver="ops", address=ADDRESS)

        told = await site.press(owner, "/connections/receivers/boss/remove")
        gone = await site.press(owner, "/connections/receivers/ops/remove")
        unknown = await site.press(owner, "/connections/receivers/ops/remove")

        assert told.status == 422
        assert "the rule Tell the boss tells boss" in told.text
        assert (gone.status, unknown.status) == (303, 404)
        assert site.settings_text() == SETTINGS
        assert secrets_of(site) == []


@pytest.mark.parametrize("answer", [b"200 OK", b"401 Unauthorized"])
async def test_a_test_notice_goes_the_way_of_every_notice(tmp_path: Path, answer: bytes) -> None:
    async with a_service(answer) as (port, told):
        text = (
            f"{SETTINGS}  desk: json://127.0.0.1:{port}/up\negress: {{allow: [127.0.0.1:{port}]}}\n"
        )
        async with open_site(tmp_path, RULES, settings_text=text) as site:
            await site.services.gate.run_once()
            owner = await site.signed_in()
            sent = await site.press(owner, "/connections/receivers/desk/try")
            if answer == b"200 OK":
                shown = (await owner.get(sent.headers["location"].partition("#")[0])).text
                assert (sent.status, "desk was told" in shown) == (303, True)
            else:
                assert "desk answered 401" in sent.text
            await site.services.gate.pause(EVERYTHING, "hoa")
            paused = await site.press(owner, "/connections/receivers/desk/try")
            nobody = await site.press(owner, "/connections/receivers/nobody/try")

    assert "all sending is paused" in paused.text
    assert nobody.status == 404
    (notice,) = told
    assert notice.startswith(b"POST /up ")
    assert "whether rules can tell you something here" in notice.decode()


async def test_only_an_admin_says_who_is_told(shop: Site) -> None:
    editor = await shop.signed_in(Role.EDITOR)

    assert "Who is told" not in (await editor.get("/connections")).text
    for address in ("", "/boss/remove", "/boss/try"):
        pressed = await shop.press(editor, f"/connections/receivers{address}", receiver="ops")
        assert pressed.status == 403
    assert shop.settings_text() == SETTINGS
