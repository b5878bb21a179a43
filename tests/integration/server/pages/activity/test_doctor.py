"""The doctor where people meet it: on the page of a delivery and in the API."""

import asyncio
from pathlib import Path

import pytest
import typer

from automator.cli.inspection.doctor import doctor
from automator.http.signing import encoded_hmac
from automator.model import NotFoundError, UsageError, format_id
from automator.providers.facebook import FacebookProvider
from automator.server.web.security import Role
from tests.support.site import Site, open_site


async def refused_delivery(site: Site) -> str:
    """The id of a delivery that is signed with the wrong one of two secrets."""
    provider = site.services.connections["demo-page"]
    assert isinstance(provider, FacebookProvider)
    body = b'{"object":"page","entry":[]}'
    digest = encoded_hmac(provider.options.verify_token.reveal().encode(), body).decode()
    caller = site.caller()
    caller.headers["x-hub-signature-256"] = f"sha256={digest}"
    assert (await caller.request("POST", "/hooks/demo-page", body)).status == 401
    (row,) = site.services.store.log.deliveries()
    return format_id(row.id)


@pytest.fixture
async def refused(site: Site) -> str:
    return await refused_delivery(site)


async def test_the_page_of_a_refused_delivery_says_what_is_wrong(site: Site, refused: str) -> None:
    caller = await site.signed_in(Role.VIEWER)

    english = (await caller.get(f"/deliveries/{refused}")).text
    caller.headers["accept-language"] = "vi"
    vietnamese = (await caller.get(f"/deliveries/{refused}")).text

    assert "It is signed with verify_token" in english
    assert "Gói dữ liệu được ký bằng verify_token" in vietnamese
    assert "X-Hub-Signature-256 does not match the body" in english
    assert "X-Hub-Signature-256 không khớp với nội dung" in vietnamese


async def test_the_list_and_the_api_say_the_refusal_in_the_readers_language(
    site: Site,
    refused: str,
) -> None:
    caller = await site.signed_in(Role.VIEWER)
    caller.headers["accept-language"] = "vi"
    listed = (await caller.get("/deliveries")).text
    asking = site.program()
    asking.headers["accept-language"] = "vi"
    answer = (await asking.get(f"/api/deliveries/{refused}/doctor")).json()
    (row,) = (await asking.get("/api/deliveries")).json()["items"]

    assert "X-Hub-Signature-256 không khớp với nội dung" in listed
    assert "Lý do từ chối: X-Hub-Signature-256 không khớp với nội dung" in answer["text"]
    assert row["reason"]["code"] == "bad_signature"
    assert row["reason"]["params"]["header"] == "X-Hub-Signature-256"


@pytest.mark.parametrize("last", [True, False])
async def test_the_api_says_the_same_of_the_last_one_and_by_id(
    site: Site, refused: str, last: bool
) -> None:
    answer = (
        await site.program().get(f"/api/deliveries/{'last' if last else refused}/doctor")
    ).json()

    assert answer["delivery"] == refused
    assert [item["code"] for item in answer["findings"]] == ["other_secret"]
    assert not answer["healthy"]


async def test_a_delivery_that_was_taken_is_healthy(site: Site) -> None:
    await site.event()
    caller = site.program()
    (row,) = (await caller.get("/api/deliveries")).json()["items"]

    answer = (await caller.get(f"/api/deliveries/{row['id']}/doctor")).json()

    assert answer["healthy"]
    assert (
        'id="doctor"' not in (await (await site.signed_in()).get(f"/deliveries/{row['id']}")).text
    )
    assert (await caller.get("/api/deliveries/last/doctor")).status == 404
    assert (await caller.get("/api/deliveries/0000000000001/doctor")).status == 404
    assert (await caller.get("/api/deliveries/nonsense/doctor")).status == 404


async def test_the_command_works_without_a_server_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_site(tmp_path) as site:
        delivery = await refused_delivery(site)

    with pytest.raises(typer.Exit) as ended:
        await asyncio.to_thread(doctor, "last", data=tmp_path / "data")
    said = capsys.readouterr().out

    assert ended.value.exit_code == 1
    assert said.startswith(f"delivery {delivery} through demo-page (facebook), rejected")
    assert "✗ It is signed with verify_token" in said
    with pytest.raises(NotFoundError, match="there is no delivery"):
        await asyncio.to_thread(doctor, "0000000000001", data=tmp_path / "data")
    with pytest.raises(UsageError, match="is not a delivery's id"):
        await asyncio.to_thread(doctor, "nonsense", data=tmp_path / "data")


async def test_refused_deliveries_are_listed_by_their_connection(site: Site, refused: str) -> None:
    caller = await site.signed_in(Role.VIEWER)

    own = (await caller.get("/deliveries?connection=demo-page")).text
    others = (await caller.get("/deliveries?connection=demo-github")).text
    accepted = (await caller.get("/deliveries?verdict=accepted&connection=demo-page")).text

    assert f'href="/deliveries/{refused}"' in own
    assert 'href="/deliveries?verdict=rejected"' in own
    assert refused not in others
    assert "<bdi>demo-page</bdi>" in own
    assert "<bdi>demo-page</bdi>" in accepted


async def test_where_nothing_was_refused_the_doctor_names_the_next_commands(site: Site) -> None:
    reply = await site.program().get("/api/deliveries/last/doctor")

    assert reply.status == 404
    assert "`automator log`" in reply.json()["fix"]
    assert "`automator why EVENT`" in reply.json()["fix"]
