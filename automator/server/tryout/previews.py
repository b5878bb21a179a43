"""Previews the rule file that a person is editing on the latest events of this server."""

from dataclasses import dataclass, field

from automator.engine.tryout.preview import Previewer, SavedResults
from automator.engine.tryout.preview_result import Preview
from automator.model import Problem, record
from automator.server.shared.rule_files import name_to_save
from automator.server.tryout.recent_events import MOST_EVENTS, RecentEvents
from automator.server.tryout.rules import parts_of
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services

DEFAULT_EVENTS = 200
#: At most this many events are shown with their actions, and the saved rules' decisions are cached
#: for this many files.
_SHOWN = 20
_MOST_KNOWN = 20


@record
class Previewed:
    """The result of a preview; `preview` is None if errors in the text prevent it."""

    preview: Preview | None
    problems: list[Problem]
    #: Whether samples were used because there is no stored event.
    are_samples: bool = False


async def preview_of(context: RequestContext, file: str, text: str, limit: int) -> Previewed:
    """Previews the file with this text on the last `limit` events.

    Raises:
        UsageError: a new file may not have this name.
        RequestError: too many tries are waiting already (503).
    """
    services = context.services
    previews: Previews = context.request.app.state.previews
    name = await name_to_save(services, file)
    return await services.tries.run(
        lambda: previews.make(services, name, text, limit), of=context.actor.name
    )


@dataclass(slots=True)
class Previews:
    """Makes previews, and caches decisions. One per server; used on the thread of tries."""

    _recent: RecentEvents | None = None
    #: The cached decisions of the saved rules, by the rule set and the file.
    _known: dict[tuple[str, str], SavedResults] = field(default_factory=dict)

    def make(self, services: Services, name: str, text: str, limit: int) -> Previewed:
        """Previews the file with this text on the last `limit` events; blocks."""
        rulebook = services.rulebook
        loaded = rulebook.loaded_with(name, text, quickly=True)
        own = [problem for problem in loaded.problems if problem.file == name]
        if name in loaded.refused:
            return Previewed(preview=None, problems=own)
        saved = rulebook.active.rule_set
        needs = loaded.rule_set.needs_contact or saved.needs_contact
        limit = max(1, min(limit, MOST_EVENTS))
        if self._recent is None:
            self._recent = RecentEvents(services.store.log, services.connections, services.clock)
        subjects, are_samples = self._recent.subjects(limit, with_contacts=needs)
        previewer = Previewer(
            parts=parts_of(services),
            rules=loaded.rule_set,
            saved=saved,
            file=name,
            shown=_SHOWN,
            known=SavedResults() if needs else self._known_of(saved.digest, name),
        )
        preview = previewer.preview(subjects)
        return Previewed(preview=preview, problems=own, are_samples=are_samples)

    def _known_of(self, digest: str, name: str) -> SavedResults:
        """The cached decisions of the saved rules about the events, for the preview of a file."""
        known = self._known.pop((digest, name), None)
        if known is None or len(known.decided) > 2 * MOST_EVENTS:
            known = SavedResults()
        for other in self._known.values():
            other.runs = {}
        self._known[digest, name] = known
        while len(self._known) > _MOST_KNOWN:
            self._known.pop(next(iter(self._known)))
        return known
