"""Alterations of a body or a signature on its way, as the doctor can prove them."""

from automator.model import N_
from automator.reasons.kind import reason_kind

SIGNATURE_QUOTED = reason_kind(
    "signature_quoted",
    N_("The signature is right, but is in quotes or between spaces."),
    N_("Have the sender write it bare."),
)
HEX_CAPITALS = reason_kind(
    "hex_capitals",
    N_("The signature is right, but in capitals: its digits must be 0 to 9 and a to f."),
    N_("Have the sender write hex in small letters."),
)
PREFIX_MISSING = reason_kind(
    "prefix_missing",
    N_("The signature is right, but its prefix is missing, as in {example}."),
    N_("Have the sender write {example}."),
)
PREFIX_WRONG = reason_kind(
    "prefix_wrong",
    N_("The signature is right, but something else stands before it than in {example}."),
    N_("Have the sender write {example}."),
)
PREFIX_ADDED = reason_kind(
    "prefix_added",
    N_("The signature is right, but something stands before it."),
    N_("Have the sender write the signature alone, or set verify.prefix."),
)
BASE64_FOR_HEX = reason_kind(
    "base64_for_hex",
    N_("The signature is right, but written as base64; hex is expected."),
    N_("Have the sender write hex; a generic connection can say verify.encoding: base64."),
)
HEX_FOR_BASE64 = reason_kind(
    "hex_for_base64",
    N_("The signature is right, but written as hex; base64 is expected."),
    N_("Have the sender write base64; a generic connection can say verify.encoding: hex."),
)
BODY_LINE_END_LOST = reason_kind(
    "body_line_end_lost",
    N_("The body was altered on the way: it verifies with a line end behind it."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it takes off the last line end."
    ),
)
BODY_LINE_END_ADDED = reason_kind(
    "body_line_end_added",
    N_("The body was altered on the way: it verifies without its last line end."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it adds a line end."
    ),
)
BODY_TRIMMED = reason_kind(
    "body_trimmed",
    N_("The body was altered on the way: it verifies without the spaces around it."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it adds spaces."
    ),
)
BODY_LINE_ENDS = reason_kind(
    "body_line_ends",
    N_("The body was altered on the way: it verifies with other line ends (CRLF or LF)."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it converts line ends."
    ),
)
BODY_MARK = reason_kind(
    "body_mark",
    N_("The body was altered on the way: it verifies with or without a byte order mark."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it handles the body as text."
    ),
)
BODY_EMPTY = reason_kind(
    "body_empty",
    N_("The signature is that of an empty body."),
    N_("The sender signs before it has the body, or its library reads the body twice."),
)
BODY_RECODED = reason_kind(
    "body_recoded",
    N_("The body was altered on the way: it verifies in another encoding of its letters."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it takes UTF-8 for Latin-1, or the other way round."
    ),
)
BODY_FORM = reason_kind(
    "body_form",
    N_("The body was altered on the way: it verifies with its form fields written anew."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the form and writes it again."
    ),
)
BODY_JSON = reason_kind(
    "body_json",
    N_(
        "The body was altered on the way: it verifies as the same JSON with other spaces and"
        " letters written plainly."
    ),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the JSON and writes it again."
    ),
)
BODY_JSON_ESCAPED = reason_kind(
    "body_json_escaped",
    N_(
        "The body was altered on the way: it verifies as the same JSON with every letter beyond"
        " ASCII escaped."
    ),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the JSON and writes it again."
    ),
)
BODY_JSON_SORTED = reason_kind(
    "body_json_sorted",
    N_("The body was altered on the way: it verifies as the same JSON with its keys sorted."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " or have the sender sign the bytes that it sends."
    ),
)
BODY_JSON_INDENTED = reason_kind(
    "body_json_indented",
    N_("The body was altered on the way: it verifies as the same JSON, indented."),
    N_(
        "Find what stands between the sender and this server and let it pass bodies unchanged;"
        " it reads the JSON and writes it again."
    ),
)
