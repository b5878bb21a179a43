"""Profiles are set once after each change, and what others have set is left alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from automator.engine.profiles.profiles import PAUSES_MS, PartChange, Profiles
from automator.http.types import HttpReply
from automator.model import NotFoundError, PermanentError, RetryableError, UsageError
from automator.plugins import Provider
from automator.sandbox import Recorder, sandbox_app
from tests.support.providers import a_provider
from tests.support.sandbox import BASE, SandboxHttp, plan_faults
from tests.support.world import World, a_world

NAME = "messages"
MENU = [{"text": "Xem giá", "payload": "PRICE"}]
FULL: Mapping[str, Any] = {"get_started": "START", "greeting": "Chào bạn!", "menu": MENU}
NO_RULES = "rules: []\n"


class CountingHttp(SandboxHttp):
    """Counts the calls of the profile by their method."""

    def __init__(self, world: World) -> None:
        super().__init__(sandbox_app(Recorder(clock=world.clock)))
        self.calls: list[str] = []

    async def request(self, method: str, url: str, **more: Any) -> HttpReply:
        self.calls.append(method)
        return await super().request(method, url, **more)

    def taken(self) -> list[str]:
        """The calls since it was last asked."""
        calls, self.calls = self.calls, []
        return calls


def a_page(profile: Mapping[str, Any] | None, **options: Any) -> Provider:
    url = f"{BASE}/facebook/v26.0"
    return a_provider("facebook", NAME, graph_url=url, profile=profile, **options)


def profiles(world: World, http: SandboxHttp, provider: Provider) -> Profiles:
    """Those of a process that has just started."""
    known = {item.connection: item for item in (provider, *provider.accounts)}
    return Profiles(known, store=world.store, http=http, clock=world.clock)


async def there(http: SandboxHttp, provider: Provider) -> Mapping[str, Any]:
    assert provider.profile is not None
    return await provider.profile.read(SandboxHttp(http.app))


async def test_a_profile_is_set_after_a_change_and_a_start_alone_asks_nothing(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        http, page = CountingHttp(world), a_page(FULL)
        first = profiles(world, http, page)

        await first.set_changed()
        assert http.taken() == ["GET", "POST"]
        assert await there(http, page) == FULL
        await first.set_changed()
        await profiles(world, http, page).set_changed()
        assert http.taken() == []

        changed = a_page({**FULL, "greeting": "Xin chào!"})
        again = profiles(world, http, changed)
        (plan,) = await again.plan(NAME)
        assert plan.changes == (PartChange("greeting", "change", "Chào bạn!", "Xin chào!"),)
        http.taken()
        world.clock.advance(60)
        await again.set_changed()
        assert http.taken() == ["GET", "POST"]
        assert await there(http, changed) == {**FULL, "greeting": "Xin chào!"}
        note = (await again.notes())[NAME]
        assert (note.parts, note.set_at, note.problem) == (
            {**FULL, "greeting": "Xin chào!"},
            world.clock.now_ms(),
            None,
        )


async def test_only_what_this_server_has_set_is_taken_away(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        http, page = CountingHttp(world), a_page({"greeting": "Chào bạn!"})
        questions = [{"text": "Còn hàng không?", "payload": "STOCK"}]
        assert page.profile is not None
        await page.profile.write(http, {"ice_breakers": questions}, [])
        await profiles(world, http, page).set_changed()

        for later in (None, {}):
            world.clock.advance(60)
            await profiles(world, http, a_page(later)).set_changed()
            assert await there(http, page) == {"ice_breakers": questions}

        world.clock.advance(60)
        await profiles(world, http, a_page({"ice_breakers": []})).set_changed()
        assert await there(http, page) == {}


async def test_a_page_without_a_profile_is_never_asked(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        http = CountingHttp(world)
        await profiles(world, http, a_page(None)).set_changed()
        await profiles(world, http, a_page(FULL, page_access_token=None)).set_changed()

        assert http.calls == []


async def test_a_failure_that_may_pass_is_tried_again_some_times_and_then_a_person_has_to(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        http, page = CountingHttp(world), a_page(FULL)
        await plan_faults(http.app, {"error": "transient", "times": 1 + len(PAUSES_MS)})
        mine = profiles(world, http, page)

        for pause in PAUSES_MS:
            await mine.set_changed()
            assert http.taken() == ["GET"]
            await mine.set_changed()
            assert http.taken() == []
            world.clock.advance(pause / 1000)
        await mine.set_changed()
        assert http.taken() == ["GET"]
        world.clock.advance(30 * 86_400)
        await mine.set_changed()
        assert http.taken() == []
        (problem,) = (await mine.problems()).values()
        assert problem.code == "profile_not_set"

        await mine.set_now(NAME)
        assert await mine.problems() == {}
        assert await there(http, page) == FULL


async def test_what_is_refused_is_told_and_not_tried_again_before_the_next_start(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        http, page = CountingHttp(world), a_page(FULL)
        await plan_faults(http.app, {"error": "permission"})
        mine = profiles(world, http, page)

        await mine.set_changed()
        world.clock.advance(86_400)
        await mine.set_changed()

        assert http.taken() == ["GET"]
        assert "permission" in [*(await mine.problems())[NAME].codes()][1]
        await profiles(world, http, page).set_changed()
        assert http.taken() == ["GET", "POST"]


async def test_two_nodes_that_start_together_set_it_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        http, page = CountingHttp(world), a_page(FULL)
        one, other = profiles(world, http, page), profiles(world, http, page)
        await plan_faults(http.app, {"error": "transient"})

        await one.set_changed()
        await other.set_changed()
        assert http.taken() == ["GET"]

        world.clock.advance(61)
        await other.set_changed()
        await one.set_changed()
        assert http.taken() == ["GET", "POST"]


async def test_each_page_of_an_app_gets_it_with_its_own_token(tmp_path: Path) -> None:
    pages = {
        "1": {"access_token": "token-of-hanoi"},
        "2": {"access_token": "token-of-saigon"},
        "3": {},
    }
    async with a_world(tmp_path, NO_RULES) as world:
        accounts = {"token-of-hanoi": "1", "token-of-saigon": "2"}
        http = CountingHttp(world)
        http.app = sandbox_app(Recorder(clock=world.clock), accounts=accounts)
        page = a_page(FULL, page_access_token=None, pages=pages)

        await profiles(world, http, page).set_changed()

        for account in page.accounts[:2]:
            assert await there(http, account) == FULL
        plans = await profiles(world, http, page).plan(NAME)
        assert [(plan.connection, plan.changes) for plan in plans] == [
            (f"{NAME}.1", ()),
            (f"{NAME}.2", ()),
        ]


async def test_a_connection_without_a_profile_says_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        mine = profiles(world, CountingHttp(world), a_provider("stripe", NAME))

        with pytest.raises(UsageError, match="has no profile"):
            await mine.plan(NAME)
        with pytest.raises(NotFoundError):
            await mine.set_now("nobody")


async def test_the_person_who_asks_hears_why_it_is_refused(tmp_path: Path) -> None:
    async with a_world(tmp_path, NO_RULES) as world:
        http, page = CountingHttp(world), a_page(FULL)
        await plan_faults(http.app, {"error": "transient"}, {"error": "token_expired"})
        mine = profiles(world, http, page)

        with pytest.raises(RetryableError):
            await mine.set_now(NAME)
        with pytest.raises(PermanentError):
            await mine.set_now(NAME)


async def test_a_language_that_the_file_no_longer_names_is_taken_away(tmp_path: Path) -> None:
    menu, english = [{"text": "Xem giá", "payload": "gia"}], [{"text": "Prices", "payload": "gia"}]
    async with a_world(tmp_path, NO_RULES) as world:
        http = CountingHttp(world)

        def a_bot(profile: Mapping[str, Any]) -> Provider:
            return a_provider("telegram", NAME, api_url=f"{BASE}/telegram", profile=profile)

        both = a_bot({"menu": menu, "locales": {"en": {"menu": english}}})
        await profiles(world, http, both).set_changed()
        assert await there(http, both) == {"menu": menu, "menu.en": english}
        world.clock.advance(60)
        await profiles(world, http, a_bot({"menu": menu})).set_changed()

        assert await there(http, both) == {"menu": menu}
