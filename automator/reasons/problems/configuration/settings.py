"""Problems of automator.yaml: its connections, targets and secrets."""

from automator.model import N_
from automator.reasons.kind import problem_kind, reason_kind

RULES_ELSEWHERE = reason_kind(
    "setting_rules_elsewhere",
    N_("rules belong into files of their own, in the folder rules beside automator.yaml."),
)
PORT_ELSEWHERE = reason_kind(
    "setting_port_elsewhere",
    N_("say it at the start: automator serve --host 127.0.0.1 --port 8080."),
)
OWN_ADDRESS = problem_kind(
    "setting_own_address",
    "own-address",
    N_("the target '{target}' is this server itself"),
    N_(
        "write the address of the other side, or list it on purpose: egress: {{allow:"
        " ['{address}']}}."
    ),
)
TARGET_OUT_OF_REACH = problem_kind(
    "setting_target_out_of_reach",
    "target-out-of-reach",
    N_("nothing can be sent to the target '{target}': {because}"),
    N_("if it is meant, allow it: egress: {{allow: ['{entry}']}}."),
)
TRACES_OUT_OF_REACH = problem_kind(
    "setting_traces_out_of_reach",
    "traces-out-of-reach",
    N_("no traces can be sent to {entry}: {because}"),
    N_("if it is meant, allow it: egress: {{allow: ['{entry}']}}."),
)
TRACES_NOT_INSTALLED = problem_kind(
    "setting_traces_not_installed",
    "traces-not-installed",
    N_("traces need the package opentelemetry-proto, which is not installed"),
    N_("install it beside this server: pip install 'automator[traces]'."),
)
SIGN_BEYOND_EVENT = problem_kind(
    "setting_sign_beyond_event",
    "wrong-value",
    N_("a sign of missed buyers reads the event alone, and this one something else: {text}"),
    N_("read paths that begin with event, as in \"keywords(event.text, ['price'])\"."),
)
REFERENCE_IN_VARS = problem_kind(
    "setting_reference_in_vars",
    "secret-not-read",
    N_("references to secrets are not read in vars: rules see the text itself"),
    N_(
        "a secret belongs to a target, or under secrets:, and rules name it as secret:NAME; write "
        "a value without env: otherwise."
    ),
)
CHECKS_NOTHING = problem_kind(
    "setting_checks_nothing",
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
ONLY_OBSERVES = problem_kind(
    "setting_only_observes",
    "only-observes",
    N_(
        "the connection '{connection}' only observes: deliveries that fail verification are "
        "still accepted"
    ),
    N_("enforce the check again as soon as you know why deliveries fail: automator doctor."),
)
RESERVED_NAME = problem_kind(
    "setting_reserved_name",
    "reserved-name",
    N_("no connection can be called '{name}': the events of schedules come through it"),
    N_("choose another name, and change it at the sender, whose address has it."),
)
CONNECTION_WITHOUT_PROVIDER = problem_kind(
    "setting_connection_without_provider",
    "missing-key",
    N_("the connection '{connection}' has no 'provider'"),
    N_("add 'provider: …'; the providers are: {known:list}."),
)
LITERAL_SECRET = problem_kind(
    "setting_literal_secret",
    "literal-secret",
    N_("the file itself contains the secret in '{key}'"),
    N_(
        "put it into an environment variable or a file of its own, and write env:NAME or "
        "file:PATH here; then change it at the other side, because others may have read it "
        "here."
    ),
)
LITERAL_SECRET_IN_URL = problem_kind(
    "setting_literal_secret_in_url",
    "literal-secret",
    N_("the file itself contains the secret in '{key}'"),
    N_(
        "write env:NAME in its place, as in https://api.example/in/env:KEY?sig=env:SIGNATURE; "
        "then change it at the other side, because others may have read it here."
    ),
)
SHARED_VARIABLE = problem_kind(
    "setting_shared_variable",
    "shared-secret",
    N_("'{key}' and '{other}' are two secrets, and both are read from {reference}"),
    N_("give each a variable or a file of its own."),
)
VARIABLE_NAME = problem_kind(
    "setting_variable_name",
    "odd-variable-name",
    N_("a shell sets no variable that is called '{name}'"),
    N_("call it {better}, and write env:{better}."),
)
#: An error of reading settings, in its own words and with its own code.
