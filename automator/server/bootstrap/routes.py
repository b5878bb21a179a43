"""Every page and API call in one table, each with the role that it needs."""

from collections.abc import Sequence
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from automator.engine.explanation.bundle import MOST_PACKED
from automator.engine.operations.review import DECISIONS
from automator.model import N_, NotFoundError
from automator.server.access.guard import open_page, page, refuse_unguarded
from automator.server.api.routes import api_routes
from automator.server.pages import find, home, preferences, public_files, sign_in
from automator.server.pages import help as help_pages
from automator.server.pages.activity import (
    deliveries,
    event,
    export,
    follow_ups,
    log,
    replay,
    review,
    run,
    samples,
    selection,
    views,
)
from automator.server.pages.activity.live import LiveLog
from automator.server.pages.people import (
    answers,
    approvals,
    contact,
    contacts,
    erasure_request,
    imports,
    missed,
    staff,
    writing,
)
from automator.server.pages.people import export as people_export
from automator.server.pages.rules import (
    audience,
    coverage,
    funnel,
    gallery,
    history,
    preview,
    promotion,
    rule_changes,
    rule_form,
    rule_list,
    rule_tests,
    rules,
    tryout,
)
from automator.server.pages.setup import (
    account_forms,
    applying,
    chat_links,
    connection_forms,
    connections,
    limits,
    profile_forms,
    receivers,
    sample_events,
    settings,
    targets,
)
from automator.server.people.person_data import send_data_of_person
from automator.server.shared.contacts import CHANGES
from automator.server.tryout.previews import Previews
from automator.server.web.request_context import MAX_FORM, MAX_TEXT_FORM, RequestContext
from automator.server.web.security import Role
from automator.server.web.static_files import send_static

_POST = ("POST",)
#: Makes the route of a form's target.
form = partial(page, methods=_POST)


def admin_routes(demo_pages: Sequence[Route] | None = None) -> list[Route]:
    """All guarded routes, with the pages of the demo where there is one.

    Raises:
        TypeError: one of them does not say who may use it.
    """
    previews = Previews()
    routes = [
        *_open_routes(),
        *_reading_routes(),
        *_rule_pages(),
        *_activity_forms(),
        *_rule_forms(previews),
        *_setup_forms(),
        *(_without_demo() if demo_pages is None else demo_pages),
        *api_routes(previews),
    ]
    refuse_unguarded(routes)
    return routes


def _without_demo() -> list[Route]:
    """The answer of a server without a demo at the demo's addresses."""
    return [
        page("/demo", _no_sandbox, Role.VIEWER),
        page("/demo/{name}", _no_sandbox, Role.EDITOR, methods=_POST),
    ]


async def _no_sandbox(_context: RequestContext) -> Response:
    raise NotFoundError(N_("this server has no sandbox"), fix=N_("Start it with --demo."))


def _open_routes() -> list[Route]:
    signing_in, schemas = sign_in.SignIn(), public_files.Schemas()
    return [
        open_page("/", home.show_home),
        open_page("/{name}.html", public_files.send_verification_file),
        open_page("/{name}.txt", public_files.send_verification_file),
        open_page("/static/{name:path}", send_static),
        open_page("/schemas/rules.json", schemas.send_rules),
        open_page("/schemas/automator.json", schemas.send_settings),
        open_page("/sign-in", signing_in.show),
        open_page("/sign-in", signing_in.submit, methods=_POST, needs_token=False),
        open_page("/sign-in/{token}", signing_in.show),
        open_page("/erasures/{connection}/{code}", erasure_request.show_request),
        open_page("/language", preferences.choose_language, methods=_POST),
        open_page("/theme", preferences.choose_theme, methods=_POST),
    ]


def _reading_routes() -> list[Route]:
    viewer = Role.VIEWER
    return [
        page("/log", log.show_log, viewer),
        page("/log/export.csv", export.send_csv, viewer),
        page("/log/export.ndjson", export.send_ndjson, viewer),
        page("/log/live", LiveLog().stream, viewer),
        page("/runs/{id}", run.show_run, viewer),
        page("/events", event.show_events, viewer),
        page("/events/{id}/bundle", event.save_bundle, Role.EDITOR),
        page("/events/{id}", event.show_event, viewer),
        page("/samples", samples.show_samples, viewer),
        page("/samples/{id}", samples.show_sample, viewer),
        page("/review", review.show_review, viewer),
        page("/approvals", approvals.show_approvals, viewer),
        page("/replays", replay.show_replays, viewer),
        page("/replays/new", replay.plan_here, Role.EDITOR),
        page("/replays/{id}", replay.show_replay, viewer),
        page("/follow-ups", follow_ups.show_follow_ups, viewer),
        page("/deliveries", deliveries.show_deliveries, viewer),
        page("/deliveries/{id}", deliveries.show_delivery, viewer),
        page("/connections", connections.show_connections, viewer),
        page("/contacts", contacts.show_contacts, viewer),
        page("/contacts/answers", answers.show_answers, viewer),
        page("/contacts/missed", missed.show_missed, viewer),
        page("/contacts/export.csv", people_export.send_contacts, viewer),
        page("/contact-data/{connection}/{id:path}", send_data_of_person, viewer),
        page("/contacts/import", imports.show_import, Role.EDITOR),
        page("/connections/applying", applying.show_applying, viewer),
        page("/connections/new", connection_forms.choose_provider, Role.ADMIN),
        page("/connections/new/{provider}", connection_forms.new_connection, Role.ADMIN),
        page("/connections/{name}", connection_forms.show_connection, viewer),
        page("/connections/{name}/consent", connection_forms.come_back, Role.ADMIN),
        page("/connections/{name}/link", chat_links.show_chat_link, viewer),
        page("/connections/{name}/test", sample_events.show_test_event, Role.EDITOR),
        page("/contacts/{connection}/{id:path}", contact.show_contact, viewer),
        page("/limits", limits.show_limits, viewer),
        page("/targets", targets.show_targets, viewer),
        page("/settings", settings.show_settings, viewer),
        page("/find", find.show_found, viewer),
        page("/help", help_pages.show_help, viewer),
        page("/session", sign_in.show_session, viewer),
        page("/sign-out", sign_in.sign_out, viewer, methods=_POST),
    ]


def _rule_pages() -> list[Route]:
    viewer = Role.VIEWER
    return [
        page("/rules", rule_list.show_rules, viewer),
        page("/rules/history", history.show_history, viewer),
        page("/rules/gallery", gallery.show_gallery, Role.EDITOR),
        page("/rules/gallery/{key}", gallery.show_gallery_rule, Role.EDITOR),
        page("/rules/new", rules.new_rule_file, Role.EDITOR),
        page("/rules/audience", audience.show_audience, viewer),
        page("/rules/coverage", coverage.show_coverage, viewer),
        page("/rules/funnel", funnel.show_funnel, viewer),
        page("/rules/promote", promotion.show_promotion, viewer),
        page("/rules/form", rule_form.leave_form, viewer),
        page("/rules/{file:path}", rules.edit_rules, viewer),
    ]


def _activity_forms() -> list[Route]:
    editor, one_contact = Role.EDITOR, "/contacts/{connection}/{id:path}"
    return [
        form("/log/views", views.keep_view, Role.VIEWER),
        form("/log/views/delete", views.forget_view, Role.VIEWER),
        form("/log/selected", selection.plan_here, editor),
        form("/deliveries/selected", selection.plan_deliveries, editor),
        form("/deliveries/selected/confirm", selection.take_deliveries_again, editor),
        form("/deliveries/{id}/take-again", deliveries.take_here, editor),
        form("/log/selected/confirm", selection.confirm_here, editor),
        form("/review", review.decide_here, editor),
        form("/approvals", approvals.decide_about_several, editor),
        form("/approvals/{id}", approvals.decide_here, editor),
        form("/replays", replay.confirm_here, editor),
        form("/replays/{id}/stop", replay.stop_here, editor),
        *(
            form(f"/runs/{{id}}/{decision}", partial(run.decide_here, decision), editor)
            for decision in DECISIONS
        ),
        form("/runs/{id}/move", follow_ups.move_here, editor),
        form("/held/release", run.release_held, editor),
        form("/held/cancel", run.cancel_held, editor),
        form("/events/{id}/replay", event.replay_here, editor),
        form("/events/{id}/sample", samples.save_sample, editor),
        form("/events/{id}/test", rule_tests.save_test_of_event, editor),
        form("/samples/{id}/delete", samples.delete_sample, editor),
        form(
            "/contacts/import",
            imports.import_here,
            editor,
            # The contacts of the file come back as a text, when somebody has looked at the plan.
            form_limit=MAX_FORM + 2 * imports.MOST_BYTES,
            file_limit=2 * imports.MOST_BYTES,
        ),
        form(f"{one_contact}/note", contact.note_here, editor),
        form(f"{one_contact}/write", writing.write_here, editor),
        form(f"{one_contact}/erase", contact.erase_here, Role.ADMIN),
        form("/erasures/{connection}/{code}", erasure_request.settle_here, Role.ADMIN),
        form(f"{one_contact}/staff-notes", staff.add_here, editor),
        form(f"{one_contact}/staff-notes/{{note}}", staff.change_here, editor),
        form(f"{one_contact}/hand-on", staff.hand_on_here, editor),
        *(
            form(f"{one_contact}/{change}", partial(contact.change_here, change), editor)
            for change in CHANGES
        ),
    ]


def _rule_forms(previews: Previews) -> list[Route]:
    editor = Role.EDITOR
    return [
        form("/rules/check", rules.check_rules, Role.VIEWER, form_limit=MAX_TEXT_FORM),
        form("/rules/audience/stop", audience.stop_here, editor),
        *(
            form(f"/rules/{change}", partial(rule_changes.change_here, change), editor)
            for change in rule_changes.CHANGES
        ),
        form("/rules/form", rule_form.change_form, editor, form_limit=MAX_TEXT_FORM),
        form("/rules/gallery/{key}", gallery.use_gallery_rule, editor),
        form("/rules/tests", rule_tests.run_here, Role.VIEWER, form_limit=MAX_TEXT_FORM),
        form("/rules/keep", rule_tests.add_test_to_text, editor, form_limit=MAX_TEXT_FORM),
        form(
            "/rules/try",
            tryout.try_here,
            Role.VIEWER,
            form_limit=MAX_TEXT_FORM,
            # A little more than allowed, so that a file slightly too large is refused in the form,
            # which stays filled in.
            file_limit=2 * MOST_PACKED,
        ),
        form(
            "/rules/preview",
            partial(preview.show_preview, previews),
            Role.VIEWER,
            form_limit=MAX_TEXT_FORM,
        ),
        form("/rules/history/bring-back", history.restore_here, editor),
        form("/rules/{file:path}", rules.save_rules, editor, form_limit=MAX_TEXT_FORM),
    ]


def _setup_forms() -> list[Route]:
    editor, admin = Role.EDITOR, Role.ADMIN
    return [
        form("/limits/reset", limits.reset_here, editor),
        form("/sending/pause", targets.pause_all_here, editor),
        form("/sending/resume", targets.resume_all_here, editor),
        form("/targets/{name}/pause", targets.pause_here, editor),
        form("/targets/{name}/resume", targets.resume_here, editor),
        form("/connections/public-url", connections.change_public_url, admin),
        form("/connections/leave-demo", connections.leave_demo, admin),
        form("/connections/receivers", receivers.add_receiver, admin),
        form("/connections/receivers/{name}/remove", receivers.remove_receiver_here, admin),
        form("/connections/receivers/{name}/try", receivers.try_receiver_here, admin),
        form("/connections/new/{provider}", connection_forms.add_connection, admin),
        form("/connections/{name}", connection_forms.change_connection, admin),
        form("/connections/{name}/remove", connection_forms.remove_here, admin),
        form("/connections/{name}/accounts", account_forms.save_account_here, admin),
        form(
            "/connections/{name}/accounts/{account}/remove",
            account_forms.remove_account_here,
            admin,
        ),
        form("/connections/{name}/subscribe", connections.subscribe_here, admin),
        form("/connections/{name}/profile", profile_forms.set_profile_here, admin),
        form("/connections/{name}/test", sample_events.try_test_event, editor),
        form("/connections/{name}/test/send", sample_events.send_test_event, editor),
        form("/settings/tokens", settings.add_token, admin),
        form("/settings/tokens/{token}/delete", settings.remove_token, admin),
        form("/settings/accounts/{name}/role", settings.change_role_here, admin),
        form("/settings/accounts/{name}/remove", settings.remove_account_here, admin),
        form("/settings/invite", settings.invite, admin),
    ]
