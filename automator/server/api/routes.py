"""All calls of the JSON API under `/api/`, for programs with a bearer token and for our pages."""

from starlette.routing import Route

from automator.server.api.access import access_routes
from automator.server.api.contacts import contact_routes
from automator.server.api.deliveries import delivery_routes
from automator.server.api.events import event_routes
from automator.server.api.limits import limit_routes
from automator.server.api.maintenance import maintenance_routes
from automator.server.api.replays import replay_routes
from automator.server.api.rules import rule_routes
from automator.server.api.runs import run_routes
from automator.server.api.status import status_routes
from automator.server.api.targets import target_routes


def api_routes() -> list[Route]:
    """Every call; each group says in its own file which role its calls need."""
    return [
        *access_routes(),
        *contact_routes(),
        *delivery_routes(),
        *event_routes(),
        *limit_routes(),
        *maintenance_routes(),
        *replay_routes(),
        *rule_routes(),
        *run_routes(),
        *status_routes(),
        *target_routes(),
    ]
