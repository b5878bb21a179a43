"""Reads automator.yaml into settings and connections, for the server and for all commands."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from automator.actions.notify_services import require_address
from automator.clock import SystemClock
from automator.conditions import check_expression, compile_expression
from automator.configuration.environment import Environment
from automator.configuration.secrets import is_reference
from automator.configuration.settings import Settings
from automator.configuration.target import Target
from automator.engine.doctor.connection_secrets import references_of
from automator.engine.network.address_guard import AddressGuard, place_of_url
from automator.engine.network.client_tls import ended, read_context
from automator.engine.network.proxy import Proxy
from automator.files import LoadedSettings, load_settings, suggest, validate
from automator.files import Path as KeyPath
from automator.model import (
    N_,
    PermanentError,
    Problem,
    Reason,
    SettingsError,
    Severity,
    WrongValue,
    record,
)
from automator.model.errors import SettingsProblemsError
from automator.model.own_events import SCHEDULE
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.reasons.problems.addresses import (
    address_without_scheme,
    value_no_public_address,
    value_not_host_and_port,
)
from automator.reasons.problems.configuration import certificates
from automator.reasons.problems.configuration import settings as reasons
from automator.reasons.problems.configuration.connections import (
    option_answer_fixed,
    option_answer_unknown_name,
    option_header_not_shown,
)
from automator.reasons.problems.phrases import word_providers, word_time_intervals
from automator.reasons.problems.references import unusable_var
from automator.reasons.problems.rules import rule_unknown_interval, rule_unknown_provider
from automator.reasons.problems.shape import shape_wrong_inside
from automator.reasons.quoted import os_reason
from automator.rules.templates.inputs import compile_text
from automator.server.demo.settings import demo_settings
from automator.server.http.hook_endpoint import HOOKS
from automator.server.reading.profile_checks import (
    WrittenPress,
    profiles_without_token,
    written_presses,
)
from automator.server.shared.literal_secrets import literal_secrets, without_secrets

DEFAULT_URL = "http://127.0.0.1:8080"
DATABASE_FILE = "automator.db"


@record(kw_only=False)
class Config:
    """The settings and connections of a file, and its problems; it is unusable with an error."""

    settings: Settings
    connections: Mapping[str, Provider]
    problems: list[Problem]
    #: Whether the settings and all connections could be made. If not, rules may name a connection
    #: that is missing here, without being wrong.
    is_whole: bool = True
    #: The presses in the profiles of accounts.
    presses: tuple[WrittenPress, ...] = ()

    def require(self) -> "Config":
        """Returns this configuration if it can be used.

        Raises:
            SettingsProblemsError: there are errors; it has them all.
        """
        errors = [item for item in self.problems if item.severity is Severity.ERROR]
        if errors:
            raise SettingsProblemsError(errors)
        return self


def load_config(
    config: Path | None,
    data: Path,
    demo: bool,
    environ: Mapping[str, str] | None = None,
    *,
    url: str = DEFAULT_URL,
    resolve_secrets: bool = True,
) -> Config:
    """Reads the file `config` or, for the demo, makes settings for a server at `url`.

    Without a file and demo, returns the default settings. `resolve_secrets` reads the secrets that
    the settings refer to; without it, their values are empty.

    Raises:
        SettingsError: the file does not exist or cannot be read.
    """
    if demo:
        settings = demo_settings(data, url)
        return Config(settings, demo_connections(settings, url), [])
    if config is None:
        return Config(Settings(), {}, [])
    text = settings_text(config)
    return read_config(config.name, text, resolve_secrets=resolve_secrets, environ=environ)


def settings_text(config: Path) -> str:
    """The text of a settings file.

    Raises:
        SettingsError: the file does not exist or cannot be read.
    """
    try:
        return config.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            N_("{config} cannot be read: {reason}"),
            fix=N_("{reason:advice}")
            if isinstance(error, PermissionError)
            else N_("Write the settings file there, or name another one: --config FILE"),
            config=config,
            reason=os_reason(error),
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            N_("{config} is not UTF-8 text"), fix=N_("Save the file as UTF-8."), config=config
        ) from error


def read_config(
    name: str,
    text: str,
    *,
    resolve_secrets: bool = True,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Reads the text of a settings file called `name`; mistakes are in the result's `problems`."""
    loaded = load_settings(name, text, resolve_secrets=resolve_secrets, environ=environ)
    connections, problems = _connections(loaded)
    settings = loaded.settings or Settings()
    problems += _own_targets(loaded, settings)
    problems += doubtful_settings(loaded, settings)
    problems += _unusable_receivers(loaded, settings)
    problems += profiles_without_token(loaded, connections)
    problems += literal_secrets(loaded, settings, connections)
    problems += doubtful_references(loaded, settings, connections)
    shown = without_secrets([*loaded.problems, *problems], loaded.parsed)
    named = loaded.parsed.at(("connections",)) if loaded.settings else None
    is_whole = loaded.settings is not None and set(named or ()) == set(connections)
    presses = written_presses(loaded, connections)
    return Config(settings, _with_accounts(connections), sorted(shown), is_whole, presses)


def _with_accounts(connections: Mapping[str, Provider]) -> dict[str, Provider]:
    """The connections, each followed by the connections of its accounts."""
    return {
        item.connection: item
        for provider in connections.values()
        for item in (provider, *provider.accounts)
    }


def local_url(host: str, port: int) -> str:
    """The address at which this machine reaches a server that listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def database_url(data: Path, given: str | None = None) -> str:
    """The address of the database for the server and for commands.

    The first that exists: the given address, the environment's, the file in the data folder.
    """
    address = given or Environment.read().database
    if address:
        return address
    return f"sqlite:///{(data / DATABASE_FILE).resolve()}"


def demo_connections(settings: Settings, url: str) -> dict[str, Provider]:
    """The connections of settings that the program itself made, for a server at `url`."""
    made: dict[str, Provider] = {}
    for name, keys in settings.connections.items():
        provider = BUILTIN[keys["provider"]]
        options = provider.options_model.model_validate(keys)
        made[name] = provider(name, options.reached_at(f"{url}{HOOKS}{name}"))
    return made


def _own_targets(loaded: LoadedSettings, settings: Settings) -> list[Problem]:
    """Finds targets that lead back to this server, which would send to itself without end."""
    own = place_of_url(settings.public_url)
    if own is None or f"{own[0]}:{own[1]}" in map(str.lower, settings.egress.allow):
        return []
    address = f"{own[0]}:{own[1]}"
    return [
        loaded.problem(
            ("targets", name, "url"), reasons.setting_own_address(target=name, address=address)
        )
        for name, target in settings.targets.items()
        if place_of_url(target.url) == own
    ]


def _unusable_receivers(loaded: LoadedSettings, settings: Settings) -> list[Problem]:
    """Finds addresses under `notify` to which nothing can be sent, except in unread secrets."""
    if not settings.notify:
        return []
    problems = []
    for name, address in settings.notify.items():
        try:
            if address.reveal():
                require_address(address.reveal())
        except WrongValue as wrong:
            problems.append(loaded.problem(("notify", name), wrong.reason))
    return problems


def _connections(loaded: LoadedSettings) -> tuple[dict[str, Provider], list[Problem]]:
    """Makes the connections of a file, also if the rest of it has problems, and finds theirs."""
    connections: dict[str, Provider] = {}
    problems: list[Problem] = []
    data = loaded.parsed.data
    written = data.get("connections") if isinstance(data, dict) else None
    for name, keys in (written if isinstance(written, dict) else {}).items():
        if not isinstance(keys, dict):
            continue
        path = ("connections", name)
        if name == SCHEDULE:
            reserved = reasons.setting_reserved_name(name=name)
            problems.append(loaded.problem_of_key(path, reserved))
            continue
        provider = BUILTIN.get(str(keys.get("provider", "")))
        if provider is None:
            problems.append(_unknown_provider(loaded, path, keys.get("provider"), list(BUILTIN)))
            continue
        written = loaded.parsed.at(path)
        options, found = validate(
            provider.options_model, loaded.parsed, path, written, loaded.context
        )
        problems += found
        if options is None:
            continue
        try:
            reached = options.reached_at(_hook_url(data, name))
        except WrongValue as error:
            problems.append(loaded.problem_of_key(path, error.reason))
            continue
        made = provider(name, reached)
        unknown = _unknown_during(loaded, made)
        problems += unknown
        if not unknown:
            connections[name] = made
            problems += [
                loaded.problem((*path, *keys), reason, severity)
                for keys, reason, severity in _doubts(made)
            ]
    return connections, problems


def _unknown_during(loaded: LoadedSettings, provider: Provider) -> list[Problem]:
    """Finds an `expect.during` that names a time interval which does not exist."""
    expected = provider.options.expect
    written = loaded.parsed.data.get("time_intervals")
    known = written if isinstance(written, dict) else {}
    if expected is None or not expected.during or expected.during in known:
        return []
    path = ("connections", provider.connection, "expect", "during")
    suggestion = suggest(expected.during, known, word_time_intervals)
    reason = rule_unknown_interval(name=expected.during, suggestion=suggestion)
    return [loaded.problem(path, reason)]


def _doubts(provider: Provider) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds what is well formed in the options of a connection and most likely not meant so."""
    name = provider.connection
    if provider.checks_nothing:
        yield ("verify",), reasons.setting_checks_nothing(connection=name), Severity.WARNING
    elif provider.observes:
        yield ("verify",), reasons.setting_only_observes(connection=name), Severity.WARNING
    for number, header in enumerate(provider.options.headers):
        if header not in provider.shown_headers:
            yield ("headers", number), option_header_not_shown(name=header), Severity.WARNING
    answer = provider.options.answer
    if answer is None:
        return
    if type(provider).acknowledge is not Provider.acknowledge:
        fixed = option_answer_fixed(provider=provider.title or provider.name)
        yield ("answer",), fixed, Severity.ERROR
    template, findings = compile_text(answer.body, is_url=False)
    for finding in findings:
        yield ("answer", "body"), shape_wrong_inside(problem=finding.reason), Severity.ERROR
    for root in sorted({names[0] for names in template.paths} - {"event"} if template else ()):
        yield ("answer", "body"), option_answer_unknown_name(name=root), Severity.ERROR


def _hook_url(data: Any, name: str) -> str:
    """The address at which senders reach a connection; "" without a `public_url`."""
    public_url = data.get("public_url")
    return f"{public_url.rstrip('/')}{HOOKS}{name}" if isinstance(public_url, str) else ""


def _unknown_provider(
    loaded: LoadedSettings, path: tuple[str, str], given: object, known: list[str]
) -> Problem:
    if given is None:
        reason = reasons.setting_connection_without_provider(
            connection=path[1], known=sorted(known)
        )
        return loaded.problem_of_key(path, reason)
    suggestion = suggest(str(given), known, word_providers)
    reason = rule_unknown_provider(name=str(given), suggestion=suggestion)
    return loaded.problem((*path, "provider"), reason)


# --- Settings that are well formed but would fail as soon as they are used ---


_OWN_MACHINE = ip_address("127.0.0.1")


def doubtful_settings(loaded: LoadedSettings, settings: Settings) -> list[Problem]:
    """Finds addresses, `vars` and buying signs that are well formed but would fail in use."""
    found = [
        *_own_address(settings),
        *_allowed(settings),
        *_places(settings),
        *_certificates(settings, reads_files=bool(loaded.context["resolve_secrets"])),
        *_sign_in(settings),
        *_vars(settings),
        *_signs(settings),
    ]
    return [loaded.problem(path, reason, severity) for path, reason, severity in found]


def _own_address(settings: Settings) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds a `public_url` without a scheme, or with the path of a hook."""
    url = settings.public_url
    if url and (not _is_web(url) or "/hooks/" in urlsplit(url).path):
        yield ("public_url",), value_no_public_address(text=url), Severity.ERROR


def _allowed(settings: Settings) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds entries of `egress.allow` that are not a host with a port, such as `*`, and a proxy
    that is none.
    """
    try:
        Proxy.of(settings.egress)
    except WrongValue as wrong:
        yield ("egress", "proxy"), wrong.reason, Severity.ERROR
    for number, entry in enumerate(settings.egress.allow):
        try:
            AddressGuard.of([entry])
        except SettingsError:
            path: KeyPath = ("egress", "allow", number)
            yield path, value_not_host_and_port(text=entry), Severity.ERROR


def _places(settings: Settings) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds addresses that have no scheme or are refused by the address guard, and a missing
    package.
    """
    kinds: Mapping[str, Callable[..., Reason]] = {
        "targets": reasons.setting_target_out_of_reach,
        "model": reasons.setting_model_out_of_reach,
        "traces": reasons.setting_traces_out_of_reach,
    }
    for path, place in settings.places():
        out_of_reach = kinds[path[0]]
        if isinstance(place, Target):
            out_of_reach = partial(out_of_reach, target=path[1])
        yield from _address(settings, (*path, "url"), place.url, out_of_reach)
        if isinstance(place, Target) and place.oauth2 is not None:
            yield from _token_url(settings, (*path, "oauth2", "token_url"), place.oauth2.token_url)
            if header := next((one for one in place.headers if one.lower() == "authorization"), ""):
                yield (*path, "headers", header), reasons.setting_two_accesses(), Severity.ERROR
    if settings.traces is not None and not _has_package("opentelemetry.proto"):
        yield ("traces",), reasons.setting_traces_not_installed(), Severity.ERROR


def _token_url(
    settings: Settings, path: KeyPath, url: str
) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds an authorization server that cannot be asked, or is told the secret in the clear."""
    out_of_reach = partial(reasons.setting_target_out_of_reach, target=str(path[1]))
    yield from _address(settings, path, url, out_of_reach)
    if (entry := _clear_entry(settings, url)) is not None:
        yield path, reasons.setting_token_without_https(entry=entry), Severity.ERROR


def _clear_entry(settings: Settings, url: str) -> str | None:
    """The entry of `egress.allow` that would permit an address without https; None if it may be."""
    place = place_of_url(url)
    entry = f"{place[0]}:{place[1]}" if place else ""
    is_clear = url.lower().startswith("http://") and entry not in settings.egress.allow
    return entry if is_clear else None


def _certificates(
    settings: Settings, *, reads_files: bool
) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds certificate files of targets that nothing uses, cannot be used, or have ended.

    Without `reads_files` only the keys are looked at, as where secrets are not read either.
    """
    for name, target in settings.targets.items():
        path = ("targets", name)
        unused = list(target.tls_files)
        if target.url.lower().startswith("https://"):
            unused = ["client_key"] if target.client_key and not target.client_certificate else []
        for key in unused:
            yield (*path, key), certificates.tls_unused(key=key), Severity.ERROR
        if reads_files and target.tls_files and not unused:
            try:
                read_context(target)
                for key, reason in ended(target, SystemClock().now_ms()):
                    yield (*path, key), reason, Severity.WARNING
            except WrongValue as wrong:
                yield (*path, *wrong.at), wrong.reason, Severity.ERROR


def _sign_in(settings: Settings) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds an OpenID Connect provider that cannot be asked, cannot be believed, or admits all."""
    provider = settings.sign_in.oidc
    if provider is None:
        return
    path: KeyPath = ("sign_in", "oidc", "issuer")
    yield from _address(settings, path, provider.issuer, reasons.setting_sign_in_out_of_reach)
    if (entry := _clear_entry(settings, provider.issuer)) is not None:
        without_https = reasons.setting_sign_in_without_https(issuer=provider.issuer, entry=entry)
        yield path, without_https, Severity.ERROR
    if not provider.roles and not provider.allowed_domains:
        yield path[:2], reasons.setting_sign_in_for_everybody(), Severity.ERROR


def _has_package(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _address(
    settings: Settings, path: KeyPath, url: str, out_of_reach: Callable[..., Reason]
) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    try:
        guard, proxy = AddressGuard.of(settings.egress.allow), Proxy.of(settings.egress)
    except (SettingsError, WrongValue):
        guard, proxy = AddressGuard(), None
    if not _is_web(url):
        yield path, address_without_scheme(url), Severity.ERROR
    elif (why := _refusal(guard, proxy, url)) is not None:
        place = place_of_url(url) or ("", 0)
        entry = f"{place[0]}:{place[1]}"
        yield path, out_of_reach(because=why, entry=entry), Severity.WARNING


def _signs(settings: Settings) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds buying signs that are no conditions, or read something besides the event."""
    for name, text in settings.missed_buyers.signs.items():
        path: KeyPath = ("missed_buyers", "signs", name)
        findings = check_expression(text)
        for finding in findings:
            yield path, shape_wrong_inside(problem=finding.reason), Severity.ERROR
        if not findings and compile_expression(text).roots - {"event", "null"}:
            yield path, reasons.setting_sign_beyond_event(text=text), Severity.ERROR


def _refusal(guard: AddressGuard, proxy: Proxy | None, url: str) -> Reason | None:
    """The reason why the address guard refuses an address, without resolving its name; or None."""
    place = place_of_url(url)
    if place is None:
        return None
    try:
        guard.check_destination(urlsplit(url).scheme, *place)
        if proxy is not None and proxy.takes(place[0]):
            guard.check_unresolved(*place)
        elif place[0] == "localhost":
            guard.check_resolved(place[0], _OWN_MACHINE, place[1])
    except PermanentError as error:
        return error.reason
    return None


def _vars(settings: Settings) -> Iterator[tuple[KeyPath, Reason, Severity]]:
    """Finds `vars` whose name rules cannot write, or whose value refers to a secret (`env:KEY`)."""
    for name, value in settings.vars.items():
        if (reason := unusable_var(name)) is not None:
            yield ("vars", name), reason, Severity.WARNING
        if isinstance(value, str) and is_reference(value):
            yield ("vars", name), reasons.setting_reference_in_vars(), Severity.WARNING


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and place_of_url(url) is not None


# --- References to secrets that name an impossible variable, or another secret ---


_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def doubtful_references(
    loaded: LoadedSettings, settings: Settings, connections: Mapping[str, Provider]
) -> list[Problem]:
    """Warns of references to secrets that the author most likely did not mean."""
    found: dict[tuple[KeyPath, str], Reason] = {}
    for owned in _references(settings, connections):
        for path, reason in [*_odd_names(owned), *_shared(owned)]:
            found.setdefault((path, reason.code), reason)
    return [loaded.problem(path, reason, Severity.WARNING) for (path, _), reason in found.items()]


def _references(
    settings: Settings, connections: Mapping[str, Provider]
) -> Iterator[Sequence[tuple[KeyPath, str]]]:
    """Yields, for each owner (connection, target, receiver …), its references and their places."""
    for name, provider in connections.items():
        yield [(("connections", name, *place), source) for place, source in references_of(provider)]
    whole = list(settings.secret_places())
    for path, place in settings.places():
        yield [
            *((at, secret.source) for at, secret in whole if at[:2] == path),
            *(((*path, *here), reference) for here, reference in place.references()),
        ]
    yield from ([(path, secret.source)] for path, secret in whole if path[0] != "targets")


def _odd_names(owned: Sequence[tuple[KeyPath, str]]) -> Iterator[tuple[KeyPath, Reason]]:
    """Finds references to variables that no shell can set, as in `env:SHOP-SECRET`."""
    for path, source in owned:
        kind, _, name = source.partition(":")
        if kind == "env" and name and not _VARIABLE.fullmatch(name):
            better = re.sub(r"^(?=[0-9])|\W+", "_", name.strip(), flags=re.ASCII)
            yield path, reasons.setting_variable_name(name=name, better=better)


def _shared(owned: Sequence[tuple[KeyPath, str]]) -> Iterator[tuple[KeyPath, Reason]]:
    """Finds keys of one owner that refer to the same secret, as `app_secret` and `verify_token`."""
    for path, source in owned:
        other = next((one for one, named in owned if named == source and one != path), None)
        if other is not None and is_reference(source):
            key, beside = (".".join(map(str, one)) for one in (path, other))
            yield path, reasons.setting_shared_variable(key=key, other=beside, reference=source)
