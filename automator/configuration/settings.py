"""The settings of automator.yaml."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from automator.configuration.secrets import LITERAL, Secret
from automator.configuration.storage import Backup, Disk, Log, Retention
from automator.configuration.target import Model, Place, RuleSecret, Target, Traces
from automator.configuration.time_intervals import DEFAULT_ZONE, TimeInterval, Zone
from automator.configuration.values import (
    NAME_PATTERN,
    Duration,
    NetworkText,
    SecretList,
    SecretOne,
    StrictModel,
    WholeNumber,
)
from automator.model import WrongValue
from automator.reasons import ReasonKind
from automator.reasons.problems.configuration.connections import option_secret_too_short
from automator.reasons.problems.configuration.settings import (
    setting_port_elsewhere,
    setting_rules_elsewhere,
)

#: How many bytes a key of tracked links needs. Somebody who has a link can try out keys on it
#: without limit.
_LEAST_LINK_SECRET = 32
#: A name, a domain or an address; no port, which would match nothing.
_HOST_PATTERN = r"^(?:[a-zA-Z0-9_.-]{1,253}|[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F.:]{0,40})$"


class Egress(StrictModel):
    """The way to other systems: private addresses that may be reached, and a proxy."""

    allow: tuple[str, ...] = Field(
        default=(), description='`host:port` or `address:port`, as in "10.0.0.5:8443".'
    )
    concurrency: WholeNumber = Field(
        default=4,
        ge=1,
        le=256,
        description="Requests at once, from one node, to a host that is not a target.",
    )
    proxy: SecretOne | None = Field(
        default=None,
        description="The HTTP proxy through which requests leave, as in `http://HOST:3128`; with a"
        " name and a password in the address as `env:NAME` or `file:PATH`.",
    )
    no_proxy: tuple[Annotated[str, Field(pattern=_HOST_PATTERN)], ...] = Field(
        default=(),
        description="Hosts and domains that are reached without the proxy; a domain counts with"
        " everything below it.",
    )


class Ingress(StrictModel):
    """Limits for senders and browsers: TCP connections, and the time of a request."""

    receive_timeout: Duration = Field(
        default=10.0,
        ge=1,
        le=300,
        description="For a whole request to arrive, headers and body; later it is answered with"
        " 408.",
    )
    sockets: WholeNumber = Field(
        default=1000,
        ge=16,
        le=100_000,
        description="TCP connections that are open at once, at most, and never more than half of"
        " the files that the process may open; further ones are answered with 503.",
    )
    sockets_per_address: WholeNumber = Field(
        default=400,
        ge=4,
        le=100_000,
        description="Of them from one address, at most, and never more than half; `trusted_proxies`"
        " are not counted.",
    )


class Budgets(StrictModel):
    """The limit of messages sent within a minute, over all nodes; 0 means no limit."""

    per_contact: WholeNumber = Field(
        default=5,
        ge=0,
        le=1000,
        description="To one person; what would be more is skipped. 0 = no limit.",
    )
    per_connection: WholeNumber = Field(
        default=60,
        ge=0,
        le=10_000,
        description="Through one connection; what would be more waits for room. 0 = no limit.",
    )


def _hard_to_guess(given: tuple[Secret, ...]) -> tuple[Secret, ...]:
    for one in given:
        # The secret is empty if the caller does not resolve references.
        if 0 < len(one.reveal().encode()) < _LEAST_LINK_SECRET:
            raise WrongValue(option_secret_too_short(source=one.source, least=_LEAST_LINK_SECRET))
    return given


class Links(StrictModel):
    """The tracked links in messages, which lead through this server."""

    secret: Annotated[SecretList, AfterValidator(_hard_to_guess)] = Field(
        default=(),
        description="The key that authenticates them, the same on all nodes, at least 32"
        " characters; a list for rotation: the first makes new links, and those of all of them"
        " work. If not given, it is derived from the sealing key.",
    )


class MissedBuyers(StrictModel):
    """The page of missed buyers: when a person counts as missed, and the signs of a buyer."""

    after: Duration = Field(
        default=1800.0, ge=60, le=86_400, description="How long somebody may wait for an answer."
    )
    signs: dict[
        Annotated[str, Field(pattern=NAME_PATTERN)],
        Annotated[str, Field(min_length=1, max_length=2_000)],
    ] = Field(
        default_factory=dict,
        max_length=20,
        description="By what such people are known: conditions over `event`, each with its name."
        " If given, they take the place of the built-in ones.",
    )


class OpenIdSettings(StrictModel):
    """The OpenID Connect provider at which people sign in, such as Keycloak or Google."""

    issuer: str = Field(
        min_length=1,
        max_length=1000,
        description="Its address, as its discovery document has it: without"
        " `/.well-known/openid-configuration`.",
    )
    client_id: str = Field(
        min_length=1, max_length=200, description="The name of this server at the provider."
    )
    client_secret: SecretOne = Field(description="The secret that the provider gave with it.")
    name: str = Field(
        default="OpenID Connect",
        min_length=1,
        max_length=40,
        description="What the button on the sign-in page calls the provider.",
    )
    scopes: tuple[Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,200}$")], ...] = Field(
        default=("openid", "email", "profile"),
        description="What is asked for; some providers want one more for groups.",
    )
    groups_claim: str = Field(
        default="groups", min_length=1, description="The claim that has the groups of a person."
    )
    roles: dict[Literal["viewer", "editor", "admin"], tuple[str, ...]] = Field(
        default_factory=dict,
        description="The groups that have each role here; the highest role of a person counts, and"
        " nobody else signs in. If not given, new people are viewers until an admin gives them"
        " another role.",
    )
    allowed_domains: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")], ...] = Field(
        default=(),
        description="The domains of the addresses of people who may sign in; any if not given.",
    )


class SignIn(StrictModel):
    """The ways to sign in besides sign-in links."""

    oidc: OpenIdSettings | None = Field(
        default=None, description="The OpenID Connect provider at which people sign in."
    )


class SiteVerification(StrictModel):
    """The public proof that this server's owner owns a domain."""

    files: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}\.(html|txt)$")],
        Annotated[str, Field(max_length=10_000)],
    ] = Field(
        default_factory=dict,
        description="Files at the top of the address, with what stands in them.",
    )
    meta: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")],
        Annotated[str, Field(max_length=500)],
    ] = Field(
        default_factory=dict,
        description="`meta` tags of the page at `/`: the name of each, and its content.",
    )


class Settings(StrictModel):
    """The settings in automator.yaml. Every key is optional."""

    #: Keys that people expect here, with the advice where their setting really is.
    elsewhere: ClassVar[Mapping[str, ReasonKind[[]]]] = {
        "rules": setting_rules_elsewhere,
        "port": setting_port_elsewhere,
        "host": setting_port_elsewhere,
    }

    connections: dict[Annotated[str, Field(pattern=NAME_PATTERN)], dict[str, Any]] = Field(
        default_factory=dict,
        description="Configured senders by name; the keys of each are its provider's.",
    )
    targets: dict[Annotated[str, Field(pattern=NAME_PATTERN)], Target] = Field(
        default_factory=dict, description="Places that `forward` can name."
    )
    notify: dict[Annotated[str, Field(pattern=NAME_PATTERN)], SecretOne] = Field(
        default_factory=dict,
        description="People and services that `notify` can name, each with an address in the syntax"
        " of Apprise, as in `tgram://TOKEN/CHAT`. It gives access, so write `env:NAME` or"
        " `file:PATH`.",
    )
    secrets: dict[Annotated[str, Field(pattern=NAME_PATTERN)], RuleSecret] = Field(
        default_factory=dict,
        description="Secrets that rules send as `secret:NAME` in the headers and the query of"
        " `request` and `forward`, each with the hosts that it may go to.",
    )
    model: Model | None = Field(
        default=None,
        description="The model for the action `answer`, at the address of its chat completions, in"
        " the form of OpenAI's API; its key is a header, as in `authorization: Bearer env:NAME`.",
    )
    traces: Traces | None = Field(
        default=None, description="The receiver of OpenTelemetry traces, by OTLP over HTTP."
    )
    egress: Egress = Field(default_factory=Egress, description="The way to other systems.")
    ingress: Ingress = Field(default_factory=Ingress, description="What strangers may hold.")
    trusted_proxies: tuple[NetworkText, ...] = Field(
        default=(),
        description="Addresses and networks of proxies before this server, whose word about a"
        " client's address is taken.",
    )
    budgets: Budgets = Field(
        default_factory=Budgets, description="How much is said within a minute, at most."
    )
    time_intervals: dict[Annotated[str, Field(pattern=NAME_PATTERN)], TimeInterval] = Field(
        default_factory=dict, description="Times that rules can name as `active`."
    )
    timezone: Zone = Field(
        default=DEFAULT_ZONE,
        description="The one zone of this server, as in `Asia/Ho_Chi_Minh`: of the times on pages"
        " and in commands, of `time_intervals` and schedules, and of `at` of a follow-up and"
        " `date` in templates where these name no other.",
    )
    vars: dict[str, Any] = Field(
        default_factory=dict, description="Values that every rule sees as `vars`."
    )
    public_url: str = Field(
        default="", description="The address under which the outside reaches this server."
    )
    links: Links = Field(default_factory=Links, description="Tracked links in messages.")
    missed_buyers: MissedBuyers = Field(
        default_factory=MissedBuyers, description="Who wants to buy, and is answered too late."
    )
    sign_in: SignIn = Field(
        default_factory=SignIn, description="Signing in by something else than a link."
    )
    site_verification: SiteVerification = Field(
        default_factory=SiteVerification, description="Proof that this domain is yours."
    )
    max_body: WholeNumber | None = Field(
        default=None,
        ge=1024,
        le=26_214_400,
        description="Bytes of a delivery's body, at most; if not given, what its provider sends:"
        " 25 MiB from GitHub and GitLab, 3 MiB from WhatsApp, 1 MiB from all others.",
    )
    lease: Duration = Field(
        default=30.0,
        ge=1,
        le=600,
        description="How long a node may be silent before others take over its work; only where"
        " several share a PostgreSQL database.",
    )
    backup: Backup = Field(
        default_factory=Backup, description="Regular backups of a SQLite database."
    )
    disk: Disk = Field(default_factory=Disk, description="Room on the disk of a SQLite database.")
    log: Log = Field(default_factory=Log, description="The server's own log on standard error.")
    retention: Retention = Field(
        default_factory=Retention, description="How long what is stored is kept."
    )
    workers: WholeNumber = Field(
        default=64, ge=1, le=1000, description="Runs that are done side by side."
    )

    @model_validator(mode="after")
    def _with_zones(self) -> Self:
        for name, interval in self.time_intervals.items():
            if "timezone" not in interval.model_fields_set:
                zoned = interval.model_copy(update={"timezone": self.timezone})
                self.time_intervals[name] = zoned
        return self

    def without_addresses(self) -> Self:
        """Returns the settings for a simulation by a command that reads no secrets.

        The empty addresses under `notify` would fail their steps, so a made-up address replaces
        each.
        """
        stand_ins = {
            name: address if address.reveal() else Secret(f"jsons://receiver.invalid/{name}")
            for name, address in self.notify.items()
        }
        return self.model_copy(update={"notify": stand_ins})

    def places(self) -> Iterator[tuple[tuple[str, ...], Place]]:
        """Yields every address with headers, with the path of its keys."""
        yield from ((("targets", name), target) for name, target in self.targets.items())
        for name, place in (("model", self.model), ("traces", self.traces)):
            if place is not None:
                yield (name,), place

    def secret_places(self) -> Iterator[tuple[tuple[str, ...], Secret]]:
        """Yields every secret that is the whole value of a key, with the path of the key."""
        for name, target in self.targets.items():
            if target.secret is not None:
                yield ("targets", name, "secret"), target.secret
            if target.oauth2 is not None:
                yield ("targets", name, "oauth2", "client_secret"), target.oauth2.client_secret
        for name, item in self.secrets.items():
            yield ("secrets", name, "value"), item.value
        yield from ((("notify", name), address) for name, address in self.notify.items())
        proxy = self.egress.proxy
        # An address without a login is not secret.
        if proxy is not None and (proxy.source != LITERAL or "@" in proxy.reveal()):
            yield ("egress", "proxy"), proxy
        yield from ((("links", "secret"), secret) for secret in self.links.secret)
        if self.sign_in.oidc is not None:
            yield ("sign_in", "oidc", "client_secret"), self.sign_in.oidc.client_secret

    @property
    def zone(self) -> ZoneInfo:
        """Returns the zone in which people read and write times."""
        return ZoneInfo(self.timezone)
