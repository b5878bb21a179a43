"""Problems of automator.yaml: its connections, targets and secrets."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem, reason


@reason(N_("rules belong into files of their own, in the folder rules beside automator.yaml."))
def setting_rules_elsewhere() -> None: ...
@reason(N_("say it at the start: automator serve --host 127.0.0.1 --port 8080."))
def setting_port_elsewhere() -> None: ...
@problem(
    "own-address",
    N_("the target '{target}' is this server itself"),
    N_(
        "write the address of the other side, or list it on purpose: egress: {{allow:"
        " ['{address}']}}."
    ),
)
def setting_own_address(*, target: str, address: str) -> None: ...
@problem(
    "target-out-of-reach",
    N_("nothing can be sent to the target '{target}': {because}"),
    N_("if it is meant, allow it: egress: {{allow: ['{entry}']}}."),
)
def setting_target_out_of_reach(*, target: str, because: Reason, entry: str) -> None: ...
@problem(
    "token-without-https",
    N_(
        "the secret of the client would be sent where everybody can read it: token_url has no https"
    ),
    N_("write its https address, or list it on purpose: egress: {{allow: ['{entry}']}}."),
)
def setting_token_without_https(*, entry: str) -> None: ...
@problem(
    "two-accesses",
    N_("the target has an authorization header, and oauth2 sends one as well"),
    N_("remove the header, or oauth2."),
)
def setting_two_accesses() -> None: ...
@problem(
    "model-out-of-reach",
    N_("no model can be asked at {entry}: {because}"),
    N_("if it is meant, allow it: egress: {{allow: ['{entry}']}}."),
)
def setting_model_out_of_reach(*, entry: str, because: Reason) -> None: ...
@problem(
    "traces-out-of-reach",
    N_("no traces can be sent to {entry}: {because}"),
    N_("if it is meant, allow it: egress: {{allow: ['{entry}']}}."),
)
def setting_traces_out_of_reach(*, entry: str, because: Reason) -> None: ...
@problem(
    "sign-in-out-of-reach",
    N_("nobody can sign in at {entry}: {because}"),
    N_("if it is meant, allow it: egress: {{allow: ['{entry}']}}."),
)
def setting_sign_in_out_of_reach(*, entry: str, because: Reason) -> None: ...
@problem(
    "sign-in-without-https",
    N_("whoever is between this server and {issuer} could sign in as anybody: it has no https"),
    N_("write its https address, or list it on purpose: egress: {{allow: ['{entry}']}}."),
)
def setting_sign_in_without_https(*, issuer: str, entry: str) -> None: ...
@problem(
    "sign-in-for-everybody",
    N_("everybody who has an account at the provider could sign in here"),
    N_("say who may, with roles: or allowed_domains:."),
)
def setting_sign_in_for_everybody() -> None: ...
@problem(
    "traces-not-installed",
    N_("traces need the package opentelemetry-proto, which is not installed"),
    N_("install it beside this server: pip install 'automator[traces]'."),
)
def setting_traces_not_installed() -> None: ...
@problem(
    "wrong-value",
    N_("a sign of missed buyers reads the event alone, and this one something else: {text}"),
    N_("read paths that begin with event, as in \"keywords(event.text, ['price'])\"."),
)
def setting_sign_beyond_event(*, text: str) -> None: ...
@problem(
    "secret-not-read",
    N_("references to secrets are not read in vars: rules see the text itself"),
    N_(
        "a secret belongs to a target, or under secrets:, and rules name it as secret:NAME; write "
        "a value without env: otherwise."
    ),
)
def setting_reference_in_vars() -> None: ...
@problem(
    "checks-nothing",
    N_(
        "the connection '{connection}' checks nothing: anybody who knows its address can"
        " send, and start rules"
    ),
    N_(
        "let the sender sign, or send a token, and write that into verify; or list its"
        " addresses in allow_from."
    ),
)
def setting_checks_nothing(*, connection: str) -> None: ...
@problem(
    "only-observes",
    N_(
        "the connection '{connection}' only observes: deliveries that fail verification are "
        "still accepted"
    ),
    N_("enforce the check again as soon as you know why deliveries fail: automator doctor."),
)
def setting_only_observes(*, connection: str) -> None: ...
@problem(
    "reserved-name",
    N_("no connection can be called '{name}': the events of schedules come through it"),
    N_("choose another name, and change it at the sender, whose address has it."),
)
def setting_reserved_name(*, name: str) -> None: ...
@problem(
    "missing-key",
    N_("the connection '{connection}' has no 'provider'"),
    N_("add 'provider: …'; the providers are: {known:list}."),
)
def setting_connection_without_provider(*, connection: str, known: Sequence[str]) -> None: ...
@problem(
    "literal-secret",
    N_("the file itself contains the secret in '{key}'"),
    N_(
        "put it into an environment variable or a file of its own, and write env:NAME or "
        "file:PATH here; then change it at the other side, because others may have read it "
        "here."
    ),
)
def setting_literal_secret(*, key: str) -> None: ...
@problem(
    "literal-secret",
    N_("the file itself contains the secret in '{key}'"),
    N_(
        "write env:NAME in its place, as in https://api.example/in/env:KEY?sig=env:SIGNATURE; "
        "then change it at the other side, because others may have read it here."
    ),
)
def setting_literal_secret_in_url(*, key: str) -> None: ...
@problem(
    "shared-secret",
    N_("'{key}' and '{other}' are two secrets, and both are read from {reference}"),
    N_("give each a variable or a file of its own."),
)
def setting_shared_variable(*, key: str, other: str, reference: str) -> None: ...
@problem(
    "odd-variable-name",
    N_("a shell sets no variable that is called '{name}'"),
    N_("call it {better}, and write env:{better}."),
)
def setting_variable_name(*, name: str, better: str) -> None: ...


#: An error of reading settings, with its own sentence and its own code.
