"""All calls of the API, each with the role that it needs: JSON under `/api/`, and the metrics.

Programs make them with a bearer token, and our own pages with their session.
"""

from functools import partial

from starlette.routing import Route

from automator.engine.operations.approval_decisions import CHOICES
from automator.engine.operations.review import DECISIONS
from automator.engine.replay.filter_syntax import DELIVERY_WORDS, EVENT_WORDS, RUN_WORDS
from automator.server.access.guard import call
from automator.server.api import (
    access,
    assistance,
    contacts,
    deliveries,
    events,
    figures,
    limits,
    maintenance,
    promotions,
    replays,
    rules,
    runs,
    status,
    targets,
    tries,
)
from automator.server.api.previews import post_preview
from automator.server.people.person_data import send_data_of_person
from automator.server.shared.contacts import CHANGES, CONTACT_FILTERS
from automator.server.shared.lists import PAGE_PARAMETERS as PAGE
from automator.server.tryout.previews import Previews
from automator.server.web.security import METRICS, Role

post = partial(call, methods=("POST",))
put = partial(call, methods=("PUT",))
delete = partial(call, methods=("DELETE",))


def api_routes(previews: Previews) -> list[Route]:
    """The routes of all calls; `previews` are shared with the pages."""
    return [
        *_activity_calls(),
        *_people_calls(),
        *_setup_calls(),
        *_try_calls(previews),
        *_access_calls(),
    ]


def _activity_calls() -> list[Route]:
    viewer, editor = Role.VIEWER, Role.EDITOR
    return [
        call("/api/runs", runs.get_runs, viewer, parameters=(*RUN_WORDS, *PAGE)),
        call("/api/review", runs.get_review, viewer, parameters=PAGE),
        call("/api/runs/{id}", runs.get_run, viewer),
        *(
            post(f"/api/runs/{{id}}/{decision}", partial(runs.post_decision, decision), editor)
            for decision in DECISIONS
        ),
        call("/api/approvals", runs.get_approvals, viewer, parameters=PAGE),
        *(
            post(f"/api/approvals/{choice}", partial(runs.post_several, choice), editor)
            for choice in CHOICES
        ),
        post("/api/approvals/{id}/approve", runs.post_approve, editor),
        post("/api/approvals/{id}/decline", runs.post_decline, editor),
        call("/api/follow-ups", runs.get_follow_ups, viewer, parameters=PAGE),
        call("/api/events", events.get_events, viewer, parameters=(*EVENT_WORDS, *PAGE)),
        call("/api/events/{id}", events.get_event, viewer),
        call("/api/events/{id}/why", events.get_why, viewer, parameters=("rule", "as")),
        post("/api/events/{id}/replay", events.post_replay, editor),
        call(
            "/api/deliveries",
            deliveries.get_deliveries,
            viewer,
            parameters=(*DELIVERY_WORDS, *PAGE),
        ),
        call("/api/deliveries/{id}/doctor", deliveries.get_diagnosis, viewer),
        post("/api/deliveries/{id}/take-again", deliveries.post_take_again, editor),
        post("/api/replays/plan", replays.post_plan, editor),
        call("/api/replays", replays.get_replays, viewer),
        post("/api/replays", replays.post_replay, editor),
        call("/api/replays/{id}", replays.get_replay, viewer),
        post("/api/replays/{id}/stop", replays.post_stop, editor),
        post("/api/held/release", maintenance.post_release_held, editor),
        post("/api/held/cancel", maintenance.post_cancel_held, editor),
    ]


def _people_calls() -> list[Route]:
    viewer, editor, one_contact = Role.VIEWER, Role.EDITOR, "/api/contacts/{connection}/{id:path}"
    return [
        call(
            "/api/contacts",
            contacts.get_contacts,
            viewer,
            parameters=(*CONTACT_FILTERS, "waiting", "limit", "after"),
        ),
        post("/api/contacts/import", contacts.post_import, editor),
        post(f"{one_contact}/staff-notes", contacts.post_staff_note, editor),
        put(f"{one_contact}/staff-notes/{{note}}", contacts.put_staff_note, editor),
        delete(f"{one_contact}/staff-notes/{{note}}", contacts.delete_staff_note, editor),
        post(f"{one_contact}/hand-on", contacts.post_hand_on, editor),
        call(one_contact, contacts.get_contact, viewer),
        delete(one_contact, contacts.delete_contact, Role.ADMIN),
        call("/api/contact-data/{connection}/{id:path}", send_data_of_person, viewer),
        call("/api/erasures", contacts.get_erasures, Role.ADMIN),
        post(f"{one_contact}/note", contacts.post_note, editor),
        post(f"{one_contact}/write", contacts.post_message, editor),
        *(
            post(f"{one_contact}/{change}", partial(contacts.post_change, change), editor)
            for change in CHANGES
        ),
        call(
            "/api/answers",
            figures.get_answers,
            viewer,
            parameters=("days", "events", "connection", "as"),
        ),
        call(
            "/api/missed",
            figures.get_missed,
            viewer,
            parameters=("days", "minutes", "connection", "events", "limit", "as"),
        ),
    ]


def _setup_calls() -> list[Route]:
    viewer, editor = Role.VIEWER, Role.EDITOR
    return [
        call("/api/status", status.get_status, viewer),
        call("/api/hours", status.get_hours, viewer, parameters=("hours",)),
        call(METRICS, status.get_metrics, viewer, parameters=None),
        call(
            "/api/limits", limits.get_limits, viewer, parameters=("rule", "key", "limit", "after")
        ),
        post("/api/limits/reset", limits.post_reset, editor),
        call("/api/targets", targets.get_targets, viewer),
        post("/api/targets/{name}/pause", targets.post_pause, editor),
        post("/api/targets/{name}/resume", targets.post_resume, editor),
        call("/api/rules", rules.get_rules, viewer),
        call("/api/rules/{file:path}", rules.get_rule_file, viewer),
        put("/api/rules/{file:path}", rules.put_rule_file, editor),
        delete("/api/rules/{file:path}", rules.delete_rule_file, editor),
        call("/api/audiences/{rule}", rules.get_audience, viewer, parameters=("as",)),
        post("/api/audiences/{rule}/stop", rules.post_stop_firing, editor, parameters=("as",)),
        call("/api/coverage", figures.get_coverage, viewer, parameters=("events", "rule", "as")),
        call("/api/funnels/{rule}", figures.get_funnel, viewer, parameters=("days", "runs", "as")),
        call(
            "/api/promotions/{rule}", promotions.get_promotion, viewer, parameters=("since", "as")
        ),
        post("/api/promotions/{rule}", promotions.post_promotion, editor),
        post("/api/check", rules.post_check, viewer),
        post("/api/complete", assistance.post_complete, viewer),
        post("/api/hover", assistance.post_hover, viewer),
        post("/api/prune", maintenance.post_prune, Role.ADMIN),
        post("/api/connections/{name}/subscribe", maintenance.post_subscribe, Role.ADMIN),
        call(
            "/api/connections/{name}/link", maintenance.get_chat_link, viewer, parameters=("ref",)
        ),
        call("/api/connections/{name}/profile", maintenance.get_profile, Role.ADMIN),
        post("/api/connections/{name}/profile", maintenance.post_profile, Role.ADMIN),
    ]


def _try_calls(previews: Previews) -> list[Route]:
    viewer = Role.VIEWER
    return [
        post("/api/try", tries.post_try, viewer),
        post("/api/preview", partial(post_preview, previews), viewer),
    ]


def _access_calls() -> list[Route]:
    admin = Role.ADMIN
    return [
        call("/api/accounts", access.get_accounts, admin),
        post("/api/accounts/{name}/role", access.post_role, admin, parameters=("force",)),
        delete("/api/accounts/{name}", access.delete_account, admin, parameters=("force",)),
        post("/api/sign-in-links", access.post_sign_in_link, admin),
        call("/api/tokens", access.get_tokens, admin),
        post("/api/tokens", access.post_token, admin),
        delete("/api/tokens/{id}", access.remove_token, admin),
    ]
