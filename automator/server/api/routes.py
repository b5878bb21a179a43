"""All calls of the API, each with the role that it needs: JSON under `/api/`, and the metrics.

Programs make them with a bearer token, and our own pages with their session.
"""

from functools import partial

from starlette.routing import Route

from automator.engine.operations.approval_decisions import CHOICES
from automator.engine.operations.review import DECISIONS
from automator.model.log_filters import DELIVERY_WORDS, EVENT_WORDS, RUN_WORDS
from automator.server.access.guard import call, call_with_body
from automator.server.api import (
    access,
    assistance,
    connections,
    contacts,
    deliveries,
    events,
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
from automator.server.figures.asking import route_of
from automator.server.figures.questions import PROMOTION, QUESTIONS
from automator.server.http.parameters import AS_TEXT, FORCE, Parameter, texts
from automator.server.people.notes_json import HandingOn, NoteBody, NotesBody, TextBody
from automator.server.people.writing import MessageBody
from automator.server.shared.contacts import CHANGES, CONTACT_FILTERS
from automator.server.shared.lists import PAGE_PARAMETERS as PAGE
from automator.server.tryout.previews import Previews
from automator.server.web.security import METRICS, Role

post = partial(call, method="POST")
delete = partial(call, method="DELETE")
RULE = Parameter(name="rule")
#: The statuses of errors that only some calls have, and declare.
NOT_FOUND, CONFLICT, REFUSED_RULES, WITHOUT_ETAG, PROVIDER = 404, 409, 422, 428, 502


def api_routes(previews: Previews) -> list[Route]:
    """The routes of all calls; `previews` are shared with the pages."""
    routes = [
        *_activity_calls(),
        *_approval_calls(),
        *_replay_calls(),
        *_people_calls(),
        *map(route_of, (*QUESTIONS, PROMOTION)),
        *_setup_calls(),
        *_rule_calls(),
        *_try_calls(previews),
        *_access_calls(),
    ]
    description = status.Description(routes)
    routes.append(call("/api/openapi.json", description.get_description, Role.VIEWER))
    return routes


def _activity_calls() -> list[Route]:
    viewer, editor = Role.VIEWER, Role.EDITOR
    return [
        call("/api/runs", runs.get_runs, viewer, parameters=(*texts(RUN_WORDS), *PAGE)),
        call("/api/review", runs.get_review, viewer, parameters=PAGE),
        call("/api/runs/{id}", runs.get_run, viewer),
        *(
            post(
                f"/api/runs/{{id}}/{decision}",
                partial(runs.post_decision, decision),
                editor,
                errors=(CONFLICT,),
            )
            for decision in DECISIONS
        ),
        call("/api/follow-ups", runs.get_follow_ups, viewer, parameters=PAGE),
        call("/api/events", events.get_events, viewer, parameters=(*texts(EVENT_WORDS), *PAGE)),
        call("/api/events/{id}", events.get_event, viewer),
        call("/api/events/{id}/why", events.get_why, viewer, parameters=(RULE, AS_TEXT)),
        call(
            "/api/deliveries",
            deliveries.get_deliveries,
            viewer,
            parameters=(*texts(DELIVERY_WORDS), *PAGE),
        ),
        call("/api/deliveries/{id}/doctor", deliveries.get_diagnosis, viewer),
        post(
            "/api/deliveries/{id}/take-again",
            deliveries.post_take_again,
            editor,
            errors=(CONFLICT,),
        ),
    ]


def _approval_calls() -> list[Route]:
    viewer, editor = Role.VIEWER, Role.EDITOR
    return [
        call("/api/approvals", runs.get_approvals, viewer, parameters=PAGE),
        *(
            call_with_body(
                f"/api/approvals/{choice}", runs.Chosen, partial(runs.post_several, choice), editor
            )
            for choice in CHOICES
        ),
        call_with_body(
            "/api/approvals/{id}/approve",
            runs.Approved,
            runs.post_approve,
            editor,
            errors=(CONFLICT,),
        ),
        call_with_body(
            "/api/approvals/{id}/decline",
            runs.Declined,
            runs.post_decline,
            editor,
            errors=(CONFLICT,),
        ),
    ]


def _replay_calls() -> list[Route]:
    editor = Role.EDITOR
    return [
        post("/api/events/{id}/replay", events.post_replay, editor),
        call_with_body("/api/replays/plan", replays.ReplayBody, replays.post_plan, editor),
        call("/api/replays", replays.get_replays, Role.VIEWER),
        call_with_body("/api/replays", replays.ReplayBody, replays.post_replay, editor),
        call("/api/replays/{id}", replays.get_replay, Role.VIEWER),
        post("/api/replays/{id}/stop", replays.post_stop, editor, errors=(CONFLICT,)),
        post("/api/held/release", maintenance.post_release_held, editor),
        post("/api/held/cancel", maintenance.post_cancel_held, editor),
    ]


def _people_calls() -> list[Route]:
    viewer, editor, one_contact = Role.VIEWER, Role.EDITOR, "/api/contacts/{connection}/{id:path}"
    notes, one_note = f"{one_contact}/staff-notes", f"{one_contact}/staff-notes/{{note}}"
    return [
        call("/api/contacts", contacts.get_contacts, viewer, parameters=(*CONTACT_FILTERS, *PAGE)),
        call_with_body(
            "/api/contacts/import", NotesBody, contacts.post_import, editor, errors=(NOT_FOUND,)
        ),
        call_with_body(notes, TextBody, contacts.post_staff_note, editor),
        call_with_body(one_note, TextBody, contacts.put_staff_note, editor, method="PUT"),
        delete(one_note, contacts.delete_staff_note, editor),
        call_with_body(f"{one_contact}/hand-on", HandingOn, contacts.post_hand_on, editor),
        call(one_contact, contacts.get_contact, viewer),
        delete(one_contact, contacts.delete_contact, Role.ADMIN),
        call("/api/contact-data/{connection}/{id:path}", contacts.get_contact_data, viewer),
        call("/api/erasures", contacts.get_erasures, Role.ADMIN),
        call_with_body(f"{one_contact}/note", NoteBody, contacts.post_note, editor),
        call_with_body(
            f"{one_contact}/write", MessageBody, contacts.post_message, editor, errors=(CONFLICT,)
        ),
        *(
            post(f"{one_contact}/{change}", partial(contacts.post_change, change), editor)
            for change in CHANGES
        ),
    ]


def _setup_calls() -> list[Route]:
    viewer, editor, admin = Role.VIEWER, Role.EDITOR, Role.ADMIN
    return [
        call("/api/status", status.get_status, viewer),
        call("/api/hours", status.get_hours, viewer, parameters=(status.HOURS,)),
        call(METRICS, status.get_metrics, viewer, parameters=None),
        call("/api/limits", limits.get_limits, viewer, parameters=(RULE, *texts(["key"]), *PAGE)),
        call_with_body(
            "/api/limits/reset", limits.KeyBody, limits.post_reset, editor, errors=(NOT_FOUND,)
        ),
        call("/api/targets", targets.get_targets, viewer),
        call_with_body("/api/targets/{name}/pause", targets.Pause, targets.post_pause, editor),
        post("/api/targets/{name}/resume", targets.post_resume, editor),
        post("/api/prune", maintenance.post_prune, admin),
        post(
            "/api/connections/{name}/subscribe",
            connections.post_subscribe,
            admin,
            errors=(PROVIDER,),
        ),
        call(
            "/api/connections/{name}/link",
            connections.get_chat_link,
            viewer,
            parameters=texts(["ref", "text"]),
        ),
        call("/api/connections/{name}/profile", connections.get_profile, admin, errors=(PROVIDER,)),
        post(
            "/api/connections/{name}/profile", connections.post_profile, admin, errors=(PROVIDER,)
        ),
    ]


def _rule_calls() -> list[Route]:
    viewer, editor = Role.VIEWER, Role.EDITOR
    one_file = "/api/rules/{file:path}"
    return [
        call("/api/rules", rules.get_rules, viewer),
        call(one_file, rules.get_rule_file, viewer, headers=("If-None-Match",)),
        call_with_body(
            one_file,
            rules.RuleText,
            rules.put_rule_file,
            editor,
            method="PUT",
            errors=(REFUSED_RULES, WITHOUT_ETAG),
            headers=("If-Match", "If-None-Match"),
        ),
        delete(
            one_file,
            rules.delete_rule_file,
            editor,
            errors=(REFUSED_RULES, WITHOUT_ETAG),
            headers=("If-Match",),
        ),
        call("/api/audiences/{rule}", rules.get_audience, viewer, parameters=(AS_TEXT,)),
        post("/api/audiences/{rule}/stop", rules.post_stop_firing, editor, parameters=(AS_TEXT,)),
        post(PROMOTION.path, promotions.post_promotion, editor, errors=(CONFLICT, REFUSED_RULES)),
        call_with_body("/api/check", rules.FileText, rules.post_check, viewer),
        call_with_body("/api/complete", assistance.Place, assistance.post_complete, viewer),
        call_with_body("/api/hover", assistance.Place, assistance.post_hover, viewer),
    ]


def _try_calls(previews: Previews) -> list[Route]:
    viewer = Role.VIEWER
    return [
        call_with_body(
            "/api/try", tries.TryBody, tries.post_try, viewer, errors=(NOT_FOUND, REFUSED_RULES)
        ),
        call_with_body(
            "/api/preview", tries.PreviewBody, partial(tries.post_preview, previews), viewer
        ),
    ]


def _access_calls() -> list[Route]:
    admin = Role.ADMIN
    return [
        call("/api/accounts", access.get_accounts, admin),
        call_with_body(
            "/api/accounts/{name}/role",
            access.NewRole,
            access.post_role,
            admin,
            parameters=(FORCE,),
            errors=(CONFLICT,),
        ),
        delete(
            "/api/accounts/{name}",
            access.delete_account,
            admin,
            parameters=(FORCE,),
            errors=(CONFLICT,),
        ),
        call_with_body("/api/sign-in-links", access.NewLink, access.post_sign_in_link, admin),
        call("/api/tokens", access.get_tokens, admin),
        call_with_body("/api/tokens", access.NewToken, access.post_token, admin),
        delete("/api/tokens/{id}", access.remove_token, admin),
    ]
