"""Changes to a body or a signature between the sender and this server."""

from automator.model import N_
from automator.reasons.kind import reason


@reason(
    N_("The signature is right, but is in quotes or between spaces."),
    N_("Have the sender write it bare."),
)
def signature_quoted() -> None: ...
@reason(
    N_("The signature is right, but in capitals: its digits must be 0 to 9 and a to f."),
    N_("Have the sender write hex in small letters."),
)
def hex_capitals() -> None: ...
@reason(
    N_("The signature is right, but its prefix is missing, as in {example}."),
    N_("Have the sender write {example}."),
)
def prefix_missing(*, example: str) -> None: ...
@reason(
    N_("The signature is right, but something else stands before it than in {example}."),
    N_("Have the sender write {example}."),
)
def prefix_wrong(*, example: str) -> None: ...
@reason(
    N_("The signature is right, but something stands before it."),
    N_("Have the sender write the signature alone, or set verify.prefix."),
)
def prefix_added() -> None: ...
@reason(
    N_("The signature is right, but written as base64; hex is expected."),
    N_("Have the sender write hex; a generic connection can say verify.encoding: base64."),
)
def base64_for_hex() -> None: ...
@reason(
    N_("The signature is right, but written as hex; base64 is expected."),
    N_("Have the sender write base64; a generic connection can say verify.encoding: hex."),
)
def hex_for_base64() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies with a line end behind it."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it takes off the last line end."
    ),
)
def body_line_end_lost() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies without its last line end."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it adds a line end."
    ),
)
def body_line_end_added() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies without the spaces around it."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it adds spaces."
    ),
)
def body_trimmed() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies with other line ends (CRLF or LF)."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it converts line ends."
    ),
)
def body_line_ends() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies with or without a byte order mark."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it handles the body as text."
    ),
)
def body_mark() -> None: ...
@reason(
    N_("The signature is that of an empty body."),
    N_("The sender signs before it has the body, or its library reads the body twice."),
)
def body_empty() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies in another encoding of its letters."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it takes UTF-8 for Latin-1, or the other way round."
    ),
)
def body_recoded() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies with its form fields written anew."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the form and writes it again."
    ),
)
def body_form() -> None: ...
@reason(
    N_(
        "The body was altered on the way: it verifies as the same JSON with other spaces and"
        " letters written plainly."
    ),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the JSON and writes it again."
    ),
)
def body_json() -> None: ...
@reason(
    N_(
        "The body was altered on the way: it verifies as the same JSON with every letter beyond"
        " ASCII escaped."
    ),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the JSON and writes it again."
    ),
)
def body_json_escaped() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies as the same JSON with its keys sorted."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " or have the sender sign the bytes that it sends."
    ),
)
def body_json_sorted() -> None: ...
@reason(
    N_("The body was altered on the way: it verifies as the same JSON, indented."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the JSON and writes it again."
    ),
)
def body_json_indented() -> None: ...
