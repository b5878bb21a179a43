"""While the database cannot be read, pages and the API say so, and nothing blames the program."""

from pathlib import Path

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tests.support.asgi import Caller
from tests.support.site import Site


@pytest.fixture
async def reader(site: Site) -> Caller:
    """Somebody who is signed in and has a page open."""
    caller = await site.signed_in()
    assert (await caller.get("/log")).status == 200
    return caller


@pytest.fixture
def unreadable(site: Site, reader: Caller) -> Path:
    """The database's file, which no new connection finds."""
    engine = site.services.store.log.engine
    file = Path(str(engine.url.database).removeprefix("file:").partition("?")[0])
    engine.dispose()
    return file.rename(file.with_suffix(".away"))


@pytest.mark.parametrize("path", ["/log", "/rules", "/follow-ups", "/deliveries", "/connections"])
@pytest.mark.usefixtures("unreadable")
async def test_a_page_answers_503_with_the_cause_and_what_to_do(reader: Caller, path: str) -> None:
    reply = await reader.get(path)

    assert reply.status == 503
    assert "its file, or one beside it, cannot be opened" in reply.text
    assert "See whether they are there" in reply.text
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.usefixtures("unreadable")
async def test_the_api_answers_503_with_a_code(reader: Caller) -> None:
    reply = await reader.get("/api/runs")

    assert reply.status == 503
    assert reply.json()["error"] == "store_unavailable"
    assert "cannot be opened" in reply.json()["message"]
    assert "See whether they are there" in reply.json()["fix"]


@pytest.mark.usefixtures("unreadable")
async def test_one_line_of_the_log_says_it_without_a_trace(
    reader: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    await reader.get("/log")

    [line] = [record for record in caplog.records if "request." in record.getMessage()]
    assert line.getMessage().startswith("request.unavailable path='/log'")
    assert line.exc_info is None


async def test_the_page_comes_back_with_the_database(reader: Caller, unreadable: Path) -> None:
    assert (await reader.get("/log")).status == 503

    unreadable.rename(unreadable.with_suffix(".db"))

    assert (await reader.get("/log")).status == 200


async def test_a_reader_who_gets_no_connection_in_time_is_asked_to_come_again(
    site: Site, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> None:
        raise PoolTimeoutError("QueuePool limit of size 8 overflow 0 reached")

    monkeypatch.setattr(site.services.store.log.engine, "connect", busy)

    reply = await reader.get("/log")

    assert reply.status == 503
    assert "too many are reading it at once" in reply.text
