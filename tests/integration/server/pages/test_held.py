"""What a restored backup holds is shown on every page, and a person decides about it."""

from pathlib import Path

from automator.clock import SystemClock
from automator.server.web.security import Role
from automator.store import back_up, restore
from tests.support.site import Site, open_site
from tests.support.words import said


async def restored(folder: Path) -> Path:
    """The folder of a site whose database was restored while one run was due."""
    async with open_site(folder / "before") as site:
        await site.event()
        database = folder / "before" / "data" / "automator.db"
        copy = folder / "copy.db"
        back_up(database, copy, now_ms=SystemClock().now_ms())
    after = folder / "after"
    restore(copy, after / "data" / "automator.db", now_ms=SystemClock().now_ms())
    return after


async def banner(site: Site, role: Role) -> str:
    """The banner as somebody with this role sees it; empty when there is none."""
    text = (await (await site.signed_in(role)).get("/log")).text
    _, begin, rest = text.partition('<aside class="held">')
    return begin and rest.partition("</aside>")[0]


async def test_the_banner_says_how_many_runs_are_held_until_they_are_released(
    tmp_path: Path,
) -> None:
    async with open_site(await restored(tmp_path)) as site:
        assert "1 run is held since a backup was restored." in await banner(site, Role.EDITOR)
        assert "/held/release" not in await banner(site, Role.VIEWER)
        editor = await site.signed_in(Role.EDITOR)

        reply = await site.press(editor, "/held/release")

        assert reply.status == 303
        assert await banner(site, Role.EDITOR) == ""
        assert len(await site.services.store.claim(10)) == 1


async def test_what_is_held_can_be_cancelled_on_the_page(tmp_path: Path) -> None:
    async with open_site(await restored(tmp_path)) as site:
        editor = await site.signed_in(Role.EDITOR)

        await site.press(editor, "/held/cancel")

        (run,) = [row.run for row in site.services.store.log.runs()]
        assert said(run.reason) == "cancelled by editor, held after a backup was restored"
