"""Makes the site of a server (pages, API, the demo's sandbox) and lists all its addresses."""

import logging
import secrets
from collections.abc import Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route, Router
from starlette.types import Message, Receive, Scope, Send

from automator.engine.explanation.bundle import MOST_PACKED
from automator.engine.operations.run_review import DECISIONS
from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.language import Translator, problem_as_data
from automator.model import (
    N_,
    AutomatorError,
    ConflictError,
    InstallationChangedError,
    NotFoundError,
    StepError,
    StoreUnavailableError,
    UsageError,
)
from automator.reasons import audit as acts
from automator.server.access.guard import form, open_page, page, refuse_unguarded
from automator.server.access.requests_at_once import RequestsAtOnce
from automator.server.access.sessions import find_session
from automator.server.api.routes import api_routes
from automator.server.bootstrap.agent_endpoint import agent_routes
from automator.server.http.body import BodyMemory
from automator.server.pages import find, home, preferences, public_files, reports, sign_in
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
    saved_views,
    ticked_rows,
)
from automator.server.pages.activity.live import LiveLog
from automator.server.pages.people import (
    approvals,
    contact,
    contacts,
    erasure_request,
    imports,
    inbox,
)
from automator.server.pages.rules import (
    audience,
    gallery,
    history,
    rule_changes,
    rule_editor,
    rule_form,
    rule_list,
    rule_tests,
    tryout,
)
from automator.server.pages.setup import (
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
from automator.server.web.language import language_of
from automator.server.web.navigation import list_of
from automator.server.web.redirects import came_from, safe_next
from automator.server.web.request_context import (
    MAX_FORM,
    MAX_TEXT_FORM,
    NOBODY,
    RequestContext,
    read_form,
)
from automator.server.web.security import (
    SAFE_METHODS,
    RequestError,
    Role,
    SignInNeeded,
    allowed_hosts,
    check_host,
    error_json,
    host_name,
    is_for_programs,
    is_same_origin,
    with_security_headers,
)
from automator.server.web.services import Services
from automator.server.web.static_files import send_static
from automator.server.web.templates import render
from automator.store import cannot_read

#: Bytes of large bodies that pages and calls of the API work on at a time, together: one of the
#: largest size, or two usual bundles. Once read, a body takes several times its size in memory.
_LARGE_BODIES = 12_000_000


def create_site(services: Services) -> Starlette:
    """Makes the ASGI application of everything but hooks, tracked links and health checks."""
    sandbox = None
    if services.demo:
        from automator.server.demo.sandbox import DemoSandbox  # noqa: PLC0415 - 3.7 MB, for the demo.

        sandbox = DemoSandbox(services, lambda scope: hosts_of(services, scope))
    routes = admin_routes(sandbox.pages() if sandbox else None)
    pages = ErrorMiddleware([*routes, *agent_routes(ErrorMiddleware(routes), routes)])
    site = Starlette(routes=[sandbox.mount()] if sandbox else [])
    # A mount at "/" would not match paths with a line break.
    site.router.default = pages
    site.state.services = services
    site.state.requests_at_once = RequestsAtOnce()
    site.state.bodies = BodyMemory(large=_LARGE_BODIES)
    site.state.previews = Previews()
    return site


# --- The middleware of pages and API: host check, security headers, error answers ---
#
# The middleware is plain ASGI, so that streams pass through. Hooks do not go through it.


_log = logging.getLogger(__name__)
#: If a person was signed out before sending a form, its texts are shown again up to this size, in
#: bytes of the form and characters of the texts.
_MOST_WRITTEN = 65_536
_STATUS_OF: tuple[tuple[type[AutomatorError], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    # A provider or another server refused our request, or did not answer.
    (StepError, 502),
    (StoreUnavailableError, 503),
    (InstallationChangedError, 503),
    (UsageError, 400),
    (RulesRefusedError, 422),
)
_HTTP_TEXTS = {
    404: (
        "not_found",
        N_("There is nothing under this address."),
        N_(
            "Compare it letter by letter. The menu leads to all pages; /help/reference/api.html"
            " lists the addresses of the API."
        ),
    ),
    405: (
        "method_not_allowed",
        N_("This address does not take this kind of request."),
        N_("It takes: {allow}."),
    ),
}


class ErrorMiddleware:
    """The guarded routes as an ASGI app, with host check, security headers and error answers."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        # Redirects to an address with or without a slash would be built from the Host header.
        self._router = Router(routes=routes, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        services: Services = scope["app"].state.services
        https = services.has_https_address
        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = with_security_headers(message.get("headers", ()), https=https)
                message = {**message, "headers": headers}
            await send(message)

        services.proxies.warn_of_unnamed(scope)
        try:
            check_host(scope["headers"], hosts_of(services, scope))
            await self._router(scope, receive, send_safely)
        except Exception as error:
            if started:
                # A part of the answer is sent; only closing the connection can show the failure.
                raise
            if isinstance(error, HTTPException) and error.status_code == 405:
                error = self._wrong_method(scope)
            response = await answer_for(Request(scope, receive), services, error)
            await response(scope, receive, send_safely)
        finally:
            scope.pop("automator.form", None)
            context: RequestContext | None = scope.pop("automator.context", None)
            if context is not None:
                # The connection and objects of Jinja keep the scope for a while, and would keep
                # uploaded content with it.
                context.form, context.files = {}, {}

    def _wrong_method(self, scope: Scope) -> HTTPException:
        """The error 405, which lists the methods of all routes of the address, not of one route."""
        fitting = [route for route in self._routes if route.matches(scope)[0] is not Match.NONE]
        methods = {method for route in fitting for method in route.methods or ()}
        return HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})


async def answer_for(request: Request, services: Services, error: Exception) -> Response:
    """The answer about an error: JSON for a program, a page for a person."""
    if unavailable := cannot_read(error):
        # The driver's message is enough for the log; a traceback would not help.
        _log.warning("request.unavailable path=%r: %s", request.scope["path"], unavailable)
        error = unavailable
    known = _as_request_error(error)
    if known is None:
        number = secrets.token_hex(6)
        _log.error("request.failed id=%s path=%r", number, request.scope["path"], exc_info=error)
        known = RequestError(
            500,
            "internal",
            N_("Something went wrong on this server. Its log has the details under {number}."),
            fix=N_("Try again; if it happens again, report it with this number."),
            number=number,
        )
    headers = {"retry-after": "30"} if known.status == 503 else {}
    if isinstance(error, HTTPException) and error.headers:
        headers.update(error.headers)
    if is_for_programs(request.scope["path"]):
        response: Response = _json(known, error, _translator(request, services))
    elif isinstance(error, InstallationChangedError):
        # The templates on the disk belong to another version.
        response = _plain(known, _translator(request, services))
    else:
        response = await _page(request, services, known)
    response.headers.update(headers)
    return response


def _json(error: RequestError, cause: Exception, translator: Translator) -> Response:
    headers = {"www-authenticate": "Bearer"} if error.status == 401 else {}
    content = error_json(error, translator)
    if isinstance(cause, RulesRefusedError):
        content["problems"] = [problem_as_data(problem, translator) for problem in cause.problems]
    return JSONResponse(content, error.status, headers)


def _plain(error: RequestError, translator: Translator) -> Response:
    message, fix = translator.error(error)
    return PlainTextResponse(f"{message}\n{fix}\n", error.status)


async def _page(request: Request, services: Services, error: RequestError) -> Response:
    context = request.scope.get("automator.context") or await _context(request, services)
    if isinstance(error, SignInNeeded):
        if request.method in SAFE_METHODS:
            wanted, failed, written = context.here, "", []
        else:
            # The address of a form's target shows no page; signing in leads back to the form.
            wanted, failed = came_from(request), N_("You were signed out: this was not saved.")
            written = await _written(request, services)
        values = {"token": "", "failed": failed, "written": written, "next": safe_next([wanted])}
        return render(context, "sign_in.html", status=401, **values)
    # The page leads back to the form or link that led here, or to the home page.
    back = safe_next([came_from(request)])
    above = list_of(request.url.path)
    return render(context, "error.html", status=error.status, error=error, back=back, above=above)


async def _written(request: Request, services: Services) -> list[str]:
    """The texts in a form of our pages, to show them to a person who was signed out meanwhile.

    Empty if they are long. Only text fields are read, because others may hold secrets.
    """
    if not is_same_origin(request, services.settings.public_url):
        return []
    form = request.scope.get("automator.form")
    if form is None:
        try:
            form, _ = await read_form(request, _MOST_WRITTEN)
        except RequestError:
            return []
    texts = [text for name, text in form.items() if name.endswith(".text")]
    # The form of a rule holds the earlier text of the file in its field `text`.
    texts = texts or [form.get("text", "")]
    texts = [text for text in texts if text.strip()]
    return texts if sum(map(len, texts)) <= _MOST_WRITTEN else []


async def _context(request: Request, services: Services) -> RequestContext:
    """The request context of an error page, with the signed-in person if the store can be read."""
    actor = None
    try:
        actor = await find_session(services, request)
    except Exception as error:
        if not cannot_read(error):
            raise
    return RequestContext(request, services, actor or NOBODY, _translator(request, services))


def _translator(request: Request, services: Services) -> Translator:
    """The translator for the language of the request."""
    return Translator(language_of(request), services.settings.zone)


def _as_request_error(error: Exception) -> RequestError | None:
    if isinstance(error, RequestError):
        return error
    if isinstance(error, HTTPException):
        other = (
            "refused",
            str(error.detail),
            N_("Compare the request with /help/reference/api.html."),
        )
        code, message, fix = _HTTP_TEXTS.get(error.status_code, other)
        allow = (error.headers or {}).get("Allow", "-")
        return RequestError(error.status_code, code, message, fix=fix, allow=allow)
    if isinstance(error, AutomatorError):
        for kind, status in _STATUS_OF:
            if isinstance(error, kind):
                message, fix = error.texts
                if not message:
                    return RequestError(status, error.code, error.reason)
                return RequestError(status, error.code, message, fix=fix, **error.values)
    return None


def hosts_of(services: Services, scope: Scope) -> frozenset[str]:
    """The host names by which this server may be addressed on this connection."""
    server = scope.get("server")
    bound = str(server[0]) if server else None
    ours = host_name(services.url.partition("://")[2])
    hosts = allowed_hosts(services.settings.public_url, bound)
    return hosts | {ours} if ours else hosts


# --- Every page and API call in one table, each with the role that it needs ---


_POST = ("POST",)
#: Make the routes of forms with the same change and mostly the same role.
_plan = partial(form, role=Role.EDITOR, act=acts.NO_CHANGE)
_contact = partial(form, role=Role.EDITOR, act=acts.contact_changed)
_rules = partial(form, role=Role.EDITOR, act=acts.rules_changed)
_settings = partial(form, role=Role.ADMIN, act=acts.settings_changed)


def admin_routes(demo_pages: Sequence[Route] | None = None) -> list[Route]:
    """All guarded routes, including the pages of the demo if there is one.

    Raises:
        TypeError: a route does not say who may use it.
    """
    routes = [
        *_open_routes(),
        *_reading_routes(),
        *_rule_pages(),
        *_activity_forms(),
        *_rule_forms(),
        *_setup_forms(),
        *(_without_demo() if demo_pages is None else demo_pages),
        *api_routes(),
    ]
    refuse_unguarded(routes)
    return routes


def _without_demo() -> list[Route]:
    """The routes of the demo's pages on a server without a demo; they answer that there is none."""
    return [
        page("/demo", _no_sandbox, Role.VIEWER),
        _plan("/demo/{name}", _no_sandbox),
    ]


async def _no_sandbox(_context: RequestContext) -> Response:
    raise NotFoundError(N_("this server has no sandbox"), fix=N_("Start it with --demo."))


def _open_routes() -> list[Route]:
    signing_in, schemas = sign_in.SignIn(), public_files.Schemas()
    sign_in_form = partial(open_page, act=acts.signed_in, methods=_POST, needs_token=False)
    return [
        open_page("/", inbox.show_start),
        open_page("/{name}.html", public_files.send_verification_file),
        open_page("/{name}.txt", public_files.send_verification_file),
        open_page("/static/{name:path}", send_static),
        open_page("/help/codes/{code}", help_pages.explain_code),
        open_page("/help/{name:path}", help_pages.send_document),
        open_page("/schemas/rules.json", schemas.send_rules),
        open_page("/schemas/automator.json", schemas.send_settings),
        open_page("/sign-in", signing_in.show),
        sign_in_form("/sign-in", signing_in.submit),
        open_page("/sign-in/passkey", signing_in.ask_for_passkey),
        sign_in_form("/sign-in/passkey", signing_in.use_passkey),
        open_page("/sign-in/openid", signing_in.begin_elsewhere),
        open_page("/sign-in/openid/back", signing_in.come_back, acts.signed_in),
        open_page("/sign-in/{token}", signing_in.show),
        form("/sign-out", signing_in.sign_out, Role.VIEWER, acts.signed_out),
        open_page("/erasures/{connection}/{code}", erasure_request.show_request),
        open_page("/language", preferences.choose_language, acts.NO_CHANGE, methods=_POST),
        open_page("/theme", preferences.choose_theme, acts.NO_CHANGE, methods=_POST),
    ]


def _reading_routes() -> list[Route]:
    viewer = Role.VIEWER
    return [
        page("/inbox", inbox.show_inbox, viewer),
        page("/inbox/ready", inbox.show_ready, viewer),
        page("/inbox/{kind}/{connection}/{id:path}", inbox.show_case, viewer),
        page("/overview", home.show_home, viewer),
        page("/log", log.show_log, viewer),
        page("/log/export.csv", export.send_csv, viewer, acts.log_exported),
        page("/log/export.ndjson", export.send_ndjson, viewer, acts.log_exported),
        page("/log/live", LiveLog().stream, viewer),
        page("/runs/{id}", run.show_run, viewer),
        page("/events", event.show_events, viewer),
        page("/events/{id}/bundle", event.save_bundle, Role.EDITOR, acts.bundle_saved),
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
        page("/contacts/answers", reports.show_answers, viewer),
        page("/contacts/missed", reports.show_missed, viewer),
        page("/contacts/export.csv", imports.send_contacts, viewer, acts.contacts_exported),
        page(
            "/contact-data/{connection}/{id:path}",
            send_data_of_person,
            viewer,
            acts.person_exported,
        ),
        page("/contacts/import", imports.show_import, Role.EDITOR),
        page("/connections/applying", applying.show_applying, viewer),
        page("/connections/new", connection_forms.choose_provider, Role.ADMIN),
        page("/connections/new/{provider}", connection_forms.new_connection, Role.ADMIN),
        page("/connections/{name}", connection_forms.show_connection, viewer),
        page(
            "/connections/{name}/consent",
            connection_forms.come_back,
            Role.ADMIN,
            acts.consent_given,
        ),
        page("/connections/{name}/link", chat_links.show_chat_link, viewer),
        page("/connections/{name}/test", sample_events.show_test_event, Role.EDITOR),
        page("/contacts/{connection}/{id:path}", contact.show_contact, viewer),
        page("/limits", limits.show_limits, viewer),
        page("/targets", targets.show_targets, viewer),
        page("/settings", settings.show_settings, viewer),
        page("/settings/passkeys", settings.ask_for_passkey, viewer),
        page("/audit", reports.show_audit, Role.ADMIN),
        page("/find", find.show_found, viewer),
        page("/help", help_pages.show_help, viewer),
        page("/session", sign_in.show_session, viewer),
    ]


def _rule_pages() -> list[Route]:
    viewer = Role.VIEWER
    return [
        page("/rules", rule_list.show_rules, viewer),
        page("/rules/history", history.show_history, viewer),
        page("/rules/gallery", gallery.show_gallery, Role.EDITOR),
        page("/rules/gallery/{key}", gallery.show_gallery_rule, Role.EDITOR),
        page("/rules/new", rule_editor.new_rule_file, Role.EDITOR),
        page("/rules/audience", audience.show_audience, viewer),
        page("/rules/coverage", reports.show_coverage, viewer),
        page("/rules/funnel", reports.show_funnel, viewer),
        page("/rules/promote", reports.show_promotion, viewer),
        page("/rules/clone", rule_changes.show_clones, Role.EDITOR),
        page("/rules/form", rule_form.leave_form, viewer),
        page("/rules/{file:path}", rule_editor.edit_rules, viewer),
    ]


def _activity_forms() -> list[Route]:
    editor, one_contact = Role.EDITOR, "/contacts/{connection}/{id:path}"
    return [
        _plan("/log/views", saved_views.keep_view, role=Role.VIEWER),
        _plan("/log/views/delete", saved_views.forget_view, role=Role.VIEWER),
        _plan("/log/selected", ticked_rows.plan_here),
        _plan("/deliveries/selected", ticked_rows.plan_deliveries),
        form(
            "/deliveries/selected/confirm",
            ticked_rows.take_deliveries_again,
            editor,
            acts.several_decided,
        ),
        form(
            "/deliveries/{id}/take-again", deliveries.take_here, editor, acts.delivery_taken_again
        ),
        form("/log/selected/confirm", ticked_rows.confirm_here, editor, acts.several_decided),
        form("/review", review.decide_here, editor, acts.several_decided),
        form("/approvals", approvals.decide_about_several, editor, acts.approvals_decided),
        form("/approvals/{id}", approvals.decide_here, editor, acts.approval_decided),
        form("/replays", replay.confirm_here, editor, acts.replay_started),
        form("/replays/{id}/stop", replay.stop_here, editor, acts.replay_stopped),
        *(
            form(
                f"/runs/{{id}}/{decision}",
                partial(run.decide_here, decision),
                editor,
                acts.run_decided,
            )
            for decision in DECISIONS
        ),
        form("/runs/{id}/move", follow_ups.move_here, editor, acts.run_decided),
        form("/held/release", run.release_held, editor, acts.held_runs_decided),
        form("/held/cancel", run.cancel_held, editor, acts.held_runs_decided),
        form("/events/{id}/replay", event.replay_here, editor, acts.event_replayed),
        form("/events/{id}/sample", samples.save_sample, editor, acts.samples_changed),
        _rules("/events/{id}/test", rule_tests.save_test_of_event),
        form("/samples/{id}/delete", samples.delete_sample, editor, acts.samples_changed),
        form(
            "/contacts/import",
            imports.import_here,
            editor,
            acts.contacts_imported,
            # The form that confirms a plan sends the contacts of the file back as a text.
            form_limit=MAX_FORM + 2 * imports.MOST_BYTES,
            file_limit=2 * imports.MOST_BYTES,
        ),
        form("/inbox/ready", inbox.change_ready, editor, acts.ready_answers_changed),
        form(
            "/inbox/{kind}/{connection}/{id:path}/mark",
            inbox.mark_here,
            editor,
            acts.conversation_marked,
        ),
        _contact(f"{one_contact}/note", contact.note_here),
        form(f"{one_contact}/write", contact.write_here, editor, acts.contact_written),
        form(f"{one_contact}/erase", contact.erase_here, Role.ADMIN, acts.person_erased),
        form(
            "/erasures/{connection}/{code}",
            erasure_request.settle_here,
            Role.ADMIN,
            acts.erasure_settled,
        ),
        _contact(f"{one_contact}/staff-notes", contact.add_staff_note),
        _contact(f"{one_contact}/staff-notes/{{note}}", contact.change_staff_note),
        _contact(f"{one_contact}/hand-on", contact.hand_on_here),
        *(
            _contact(f"{one_contact}/{change}", partial(contact.change_here, change))
            for change in CHANGES
        ),
    ]


def _rule_forms() -> list[Route]:
    editor = Role.EDITOR
    return [
        _plan("/rules/check", rule_editor.check_rules, role=Role.VIEWER, form_limit=MAX_TEXT_FORM),
        form("/rules/audience/stop", audience.stop_here, editor, acts.firing_ended_by_hand),
        *(
            _rules(f"/rules/{change}", partial(rule_changes.change_here, change))
            for change in rule_changes.CHANGES
        ),
        _plan("/rules/form", rule_form.change_form, form_limit=MAX_TEXT_FORM),
        _rules("/rules/gallery/{key}", gallery.use_gallery_rule),
        _plan("/rules/tests", rule_tests.run_here, role=Role.VIEWER, form_limit=MAX_TEXT_FORM),
        _plan("/rules/keep", rule_tests.add_test_to_text, form_limit=MAX_TEXT_FORM),
        _plan(
            "/rules/try",
            tryout.try_here,
            role=Role.VIEWER,
            form_limit=MAX_TEXT_FORM,
            # More than is allowed, so that the page itself refuses a file that is a little too
            # large, and keeps its form filled in.
            file_limit=2 * MOST_PACKED,
        ),
        _plan(
            "/rules/preview", rule_editor.show_preview, role=Role.VIEWER, form_limit=MAX_TEXT_FORM
        ),
        _rules("/rules/history/bring-back", history.restore_here),
        _rules("/rules/{file:path}", rule_editor.save_rules, form_limit=MAX_TEXT_FORM),
    ]


def _setup_forms() -> list[Route]:
    viewer, editor, admin = Role.VIEWER, Role.EDITOR, Role.ADMIN
    return [
        form("/limits/reset", limits.reset_here, editor, acts.limit_reset),
        form("/sending/pause", targets.pause_all_here, editor, acts.all_sending_paused),
        form("/sending/resume", targets.resume_all_here, editor, acts.all_sending_resumed),
        form("/targets/{name}/pause", targets.pause_here, editor, acts.target_paused_by_hand),
        form("/targets/{name}/resume", targets.resume_here, editor, acts.target_resumed),
        _settings("/connections/public-url", connections.change_public_url),
        form("/connections/leave-demo", connections.leave_demo, admin, acts.demo_left),
        _settings("/connections/receivers", receivers.add_receiver),
        _settings("/connections/receivers/{name}/remove", receivers.remove_receiver_here),
        _plan("/connections/receivers/{name}/try", receivers.try_receiver_here, role=admin),
        _settings("/connections/new/{provider}", connection_forms.add_connection),
        _settings("/connections/{name}", connection_forms.change_connection),
        _settings("/connections/{name}/remove", connection_forms.remove_here),
        _settings("/connections/{name}/accounts", connection_forms.save_account_here),
        _settings(
            "/connections/{name}/accounts/{account}/remove", connection_forms.remove_account_here
        ),
        form(
            "/connections/{name}/subscribe",
            connection_forms.subscribe_here,
            admin,
            acts.connection_subscribed,
        ),
        form(
            "/connections/{name}/profile", profile_forms.set_profile_here, admin, acts.profile_set
        ),
        _plan("/connections/{name}/test", sample_events.try_test_event),
        form(
            "/connections/{name}/test/send",
            sample_events.send_test_event,
            editor,
            acts.test_event_sent,
        ),
        form("/settings/passkeys", settings.add_passkey_here, viewer, acts.passkey_added),
        form(
            "/settings/passkeys/{passkey}/remove",
            settings.remove_passkey_here,
            viewer,
            acts.passkey_removed,
        ),
        form("/settings/tokens", settings.add_token, admin, acts.token_made),
        form("/settings/tokens/{token}/delete", settings.remove_token, admin, acts.token_deleted),
        form("/settings/accounts/{name}/role", settings.change_role_here, admin, acts.role_given),
        form(
            "/settings/accounts/{name}/remove",
            settings.remove_account_here,
            admin,
            acts.account_removed,
        ),
        form("/settings/invite", settings.invite, admin, acts.sign_in_link_made),
    ]
