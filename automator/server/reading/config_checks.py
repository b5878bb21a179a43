"""Finds settings in automator.yaml that are well formed and fail as soon as they are used."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import urlsplit

from automator.conditions import check_expression, compile_expression
from automator.configuration.secrets import is_reference
from automator.configuration.settings import Settings
from automator.engine.network.address_guard import AddressGuard, place_of_url
from automator.files import LoadedSettings, Path
from automator.model import PermanentError, Problem, Reason, SettingsError, Severity
from automator.reasons.problems.addresses import (
    NO_PUBLIC_ADDRESS,
    NOT_HOST_AND_PORT,
    address_without_scheme,
)
from automator.reasons.problems.configuration import settings as reasons
from automator.reasons.problems.references import unusable_var
from automator.reasons.problems.shape import WRONG_INSIDE

_OWN_MACHINE = ip_address("127.0.0.1")


def doubtful_settings(loaded: LoadedSettings, settings: Settings) -> list[Problem]:
    """The problems of all addresses and of `vars`."""
    found = [
        *_own_address(settings),
        *_allowed(settings),
        *_targets(settings),
        *_traces(settings),
        *_vars(settings),
        *_signs(settings),
    ]
    positions = loaded.parsed.positions
    return [
        loaded.parsed.problem(positions.value(path), reason, severity)
        for path, reason, severity in found
    ]


def _own_address(settings: Settings) -> Iterator[tuple[Path, Reason, Severity]]:
    """An address of this server without a scheme, or with the path of a hook behind it."""
    url = settings.public_url
    if url and (not _is_web(url) or "/hooks/" in urlsplit(url).path):
        yield ("public_url",), NO_PUBLIC_ADDRESS(text=url), Severity.ERROR


def _allowed(settings: Settings) -> Iterator[tuple[Path, Reason, Severity]]:
    """Entries of `egress.allow` that are no host with a port, such as `*`."""
    for number, entry in enumerate(settings.egress.allow):
        try:
            AddressGuard.of([entry])
        except SettingsError:
            path: Path = ("egress", "allow", number)
            yield path, NOT_HOST_AND_PORT(text=entry), Severity.ERROR


def _targets(settings: Settings) -> Iterator[tuple[Path, Reason, Severity]]:
    """Addresses without a scheme, and those that the address guard keeps from being reached."""
    for name, target in settings.targets.items():
        out_of_reach = partial(reasons.TARGET_OUT_OF_REACH, target=name)
        yield from _address(settings, ("targets", name, "url"), target.url, out_of_reach)


def _traces(settings: Settings) -> Iterator[tuple[Path, Reason, Severity]]:
    """A receiver of traces that cannot be reached, or a package that is not there."""
    if settings.traces is None:
        return
    url = settings.traces.url
    yield from _address(settings, ("traces", "url"), url, reasons.TRACES_OUT_OF_REACH)
    if not _has_package("opentelemetry.proto"):
        yield ("traces",), reasons.TRACES_NOT_INSTALLED(), Severity.ERROR


def _has_package(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _address(
    settings: Settings, path: Path, url: str, out_of_reach: Callable[..., Reason]
) -> Iterator[tuple[Path, Reason, Severity]]:
    try:
        guard = AddressGuard.of(settings.egress.allow)
    except SettingsError:
        guard = AddressGuard()
    if not _is_web(url):
        yield path, address_without_scheme(url), Severity.ERROR
    elif (why := _refusal(guard, url)) is not None:
        place = place_of_url(url) or ("", 0)
        entry = f"{place[0]}:{place[1]}"
        yield path, out_of_reach(because=why, entry=entry), Severity.WARNING


def _signs(settings: Settings) -> Iterator[tuple[Path, Reason, Severity]]:
    """Signs of missed buyers that are no conditions, or read something beside the event."""
    for name, text in settings.missed_buyers.signs.items():
        path: Path = ("missed_buyers", "signs", name)
        findings = check_expression(text)
        for finding in findings:
            yield path, WRONG_INSIDE(problem=finding.reason), Severity.ERROR
        if not findings and compile_expression(text).roots - {"event", "null"}:
            yield path, reasons.SIGN_BEYOND_EVENT(text=text), Severity.ERROR


def _refusal(guard: AddressGuard, url: str) -> Reason | None:
    """The reason why nothing is sent to an address, as far as known before names are looked up."""
    place = place_of_url(url)
    if place is None:
        return None
    try:
        guard.check_destination(urlsplit(url).scheme, *place)
        if place[0] == "localhost":
            guard.check_resolved(place[0], _OWN_MACHINE, place[1])
    except PermanentError as error:
        return error.reason
    return None


def _vars(settings: Settings) -> Iterator[tuple[Path, Reason, Severity]]:
    """Names of `vars` that rules cannot write, and values that are not read, such as `env:KEY`."""
    for name, value in settings.vars.items():
        if (reason := unusable_var(name)) is not None:
            yield ("vars", name), reason, Severity.WARNING
        if isinstance(value, str) and is_reference(value):
            yield ("vars", name), reasons.REFERENCE_IN_VARS(), Severity.WARNING


def _is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and place_of_url(url) is not None
