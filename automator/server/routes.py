"""Every page and API call in one table, each with the role that it needs."""

from starlette.routing import Route

from automator.server import (
    connections_page,
    contact_page,
    deliveries_page,
    event_page,
    history_page,
    limits_page,
    log_page,
    replay_page,
    review_page,
    rules_page,
    run_page,
    samples_page,
    sandbox_page,
    settings_page,
    sign_in,
    targets_page,
)
from automator.server.api import api_routes
from automator.server.api_access import access_routes
from automator.server.api_contacts import contact_routes
from automator.server.api_replays import replay_routes
from automator.server.api_rules import rule_routes
from automator.server.api_runs import run_routes
from automator.server.guard import open_page, page, refuse_unguarded
from automator.server.live import LiveLog
from automator.server.security import Role
from automator.server.site_verification import send_verification_file, show_home
from automator.server.static_files import send_static
from automator.server.visit import MAX_TEXT_FORM

_POST = ("POST",)


def admin_routes() -> list[Route]:
    """All guarded routes.

    Raises:
        TypeError: one of them does not say who may use it.
    """
    routes = [
        *_open_routes(),
        *_reading_routes(),
        *_changing_routes(),
        *api_routes(),
        *access_routes(),
        *replay_routes(),
        *rule_routes(),
        *run_routes(),
        *contact_routes(),
        *targets_page.target_calls(),
        *limits_page.limit_calls(),
    ]
    refuse_unguarded(routes)
    return routes


def _open_routes() -> list[Route]:
    signing_in = sign_in.SignIn()
    return [
        open_page("/", show_home),
        open_page("/{name}.html", send_verification_file),
        open_page("/{name}.txt", send_verification_file),
        open_page("/static/{name}", send_static),
        open_page("/sign-in", signing_in.show),
        open_page("/sign-in", signing_in.submit, methods=_POST),
        open_page("/sign-in/{token}", signing_in.show),
        open_page("/language", sign_in.choose_language, methods=_POST),
    ]


def _reading_routes() -> list[Route]:
    viewer = Role.VIEWER
    return [
        page("/log", log_page.show_log, viewer),
        page("/log/live", LiveLog().stream, viewer),
        page("/runs/{id}", run_page.show_run, viewer),
        page("/events", event_page.show_events, viewer),
        page("/events/{id}", event_page.show_event, viewer),
        page("/samples", samples_page.show_samples, viewer),
        page("/samples/{id}", samples_page.show_sample, viewer),
        page("/review", review_page.show_review, viewer),
        page("/replays", replay_page.show_replays, viewer),
        page("/replays/new", replay_page.plan_here, Role.EDITOR),
        page("/replays/{id}", replay_page.show_replay, viewer),
        page("/follow-ups", run_page.show_follow_ups, viewer),
        page("/deliveries", deliveries_page.show_deliveries, viewer),
        page("/deliveries/{id}", deliveries_page.show_delivery, viewer),
        page("/connections", connections_page.show_connections, viewer),
        page("/contacts/{connection}/{id}", contact_page.show_contact, viewer),
        page("/limits", limits_page.show_limits, viewer),
        page("/targets", targets_page.show_targets, viewer),
        page("/rules", rules_page.show_rules, viewer),
        page("/rules/history", history_page.show_history, viewer),
        page("/rules/new", rules_page.new_rule_file, Role.EDITOR),
        page("/rules/{file:path}", rules_page.edit_rules, viewer),
        page("/settings", settings_page.show_settings, viewer),
        page("/demo", sandbox_page.show_sandbox, viewer),
        page("/sign-out", sign_in.sign_out, viewer, methods=_POST),
    ]


def _changing_routes() -> list[Route]:
    editor, admin = Role.EDITOR, Role.ADMIN
    return [
        page("/review", review_page.decide_here, editor, methods=_POST),
        page("/replays", replay_page.confirm_here, editor, methods=_POST),
        page("/replays/{id}/stop", replay_page.stop_here, editor, methods=_POST),
        page("/runs/{id}/retry", run_page.retry, editor, methods=_POST),
        page("/runs/{id}/done", run_page.mark_done_here, editor, methods=_POST),
        page("/runs/{id}/now", run_page.run_now, editor, methods=_POST),
        page("/runs/{id}/cancel", run_page.cancel, editor, methods=_POST),
        page("/held/release", run_page.release_held, editor, methods=_POST),
        page("/held/cancel", run_page.cancel_held, editor, methods=_POST),
        page("/events/{id}/replay", event_page.replay_here, editor, methods=_POST),
        page("/events/{id}/sample", samples_page.save_sample, editor, methods=_POST),
        page("/samples/{id}/delete", samples_page.delete_sample, editor, methods=_POST),
        page(
            "/rules/check",
            rules_page.check_rules,
            Role.VIEWER,
            methods=_POST,
            form_limit=MAX_TEXT_FORM,
        ),
        page(
            "/rules/{file:path}",
            rules_page.save_rules,
            editor,
            methods=_POST,
            form_limit=MAX_TEXT_FORM,
        ),
        *(
            page(f"/contacts/{{connection}}/{{id}}/{name}", action, editor, methods=_POST)
            for name, action in (
                ("opt-out", contact_page.opt_out_here),
                ("opt-in", contact_page.opt_in_here),
                ("pause", contact_page.pause_here),
                ("resume", contact_page.resume_here),
            )
        ),
        page("/limits/reset", limits_page.reset_here, editor, methods=_POST),
        page("/targets/{name}/pause", targets_page.pause_here, editor, methods=_POST),
        page("/targets/{name}/resume", targets_page.resume_here, editor, methods=_POST),
        page("/demo/send", sandbox_page.send_sample, editor, methods=_POST),
        page("/demo/fault", sandbox_page.plan_fault, editor, methods=_POST),
        page("/settings/tokens", settings_page.add_token, admin, methods=_POST),
        page("/settings/tokens/{token}/delete", settings_page.remove_token, admin, methods=_POST),
        page(
            "/settings/accounts/{name}/role", settings_page.change_role_here, admin, methods=_POST
        ),
        page(
            "/settings/accounts/{name}/remove",
            settings_page.remove_account_here,
            admin,
            methods=_POST,
        ),
        page("/settings/invite", settings_page.invite, admin, methods=_POST),
    ]
