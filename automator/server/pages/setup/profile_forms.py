"""The part of a connection's page with the profile of its accounts, and the button that sets it."""

from collections.abc import Mapping
from typing import Any

from automator.engine.profiles.profile_notes import ProfileNote
from automator.model import record
from automator.plugins import Press, Provider
from automator.plugins.profiles import part_and_language
from automator.rules import unhandled_presses
from automator.server.pages import RequestContext, Response, Services, see_other


@record(kw_only=False)
class ProfileView:
    """The profile of a connection, with the results of setting it last."""

    #: The parts as automator.yaml has them.
    wanted: Mapping[str, Any]
    #: For each account, the note on setting its profile, and whether the whole profile is set.
    notes: tuple[tuple[ProfileNote, bool], ...]
    #: The presses that no rule answers.
    unanswered: tuple[Press, ...]

    @property
    def shown(self) -> list[tuple[str, str, Any]]:
        """Each part with its language ("" = all languages) and its value."""
        return [(*part_and_language(name), value) for name, value in self.wanted.items()]


async def profile_of(services: Services, provider: Provider) -> ProfileView | None:
    """The profile to show with a connection; None if it has none."""
    found = {
        item.connection: item.profile for item in (provider, *provider.accounts) if item.profile
    }
    if not found:
        return None
    notes = await services.profiles.notes()
    first = next(iter(found.values()))
    return ProfileView(
        wanted=first.wanted,
        notes=tuple(
            (note, note.wanted == first.wanted) for name in found if (note := notes.get(name))
        ),
        unanswered=tuple(unhandled_presses(services.rulebook.active.rule_set, provider)),
    )


async def set_profile_here(context: RequestContext) -> Response:
    """The button “Set the profile”: sets the differences on the platform.

    Raises:
        StepError: the platform refuses.
    """
    name = context.path("name")
    await context.services.profiles.set_now(name)
    return see_other(f"/connections/{name}?profile=set#profile")
