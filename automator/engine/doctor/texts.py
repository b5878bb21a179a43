"""The texts of the doctor's findings by code: what is wrong, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from automator.model import N_


@dataclass(frozen=True, slots=True)
class Advice:
    """A finding in words."""

    what: str
    fix: str = ""


#: What was seen of the delivery.
SEEN: Mapping[str, str] = {
    "request": N_("{method} with {size} bytes, {kind}, from {remote}"),
    "sender": N_("The headers are those of {sender}."),
    "headers": N_("These headers arrived: {names}."),
    "reason": N_("The refusal: {reason}"),
}

#: What is wrong.
FINDINGS: Mapping[str, Advice] = {
    "accepted": Advice(N_("It was accepted; nothing is wrong with it.")),
    "remarked": Advice(N_("It was accepted, with this remark: {reason}.")),
    "passes_now": Advice(
        N_(
            "With the settings of now it is accepted: they were changed since, or the server was"
            " started with others."
        ),
        N_("Have the sender send it again."),
    ),
    "no_connection": Advice(
        N_(
            "The connection {connection} is no longer in automator.yaml, so that nothing can be"
            " tried."
        ),
        N_("Add it again, or take its address away from the sender."),
    ),
    "cut": Advice(
        N_(
            "Only the first {kept} of its {size} bytes were kept, because many deliveries were"
            " refused"
            " within the hour: the signature cannot be compared any more."
        ),
        N_("Have the sender send again in the next hour, and ask about the new delivery."),
    ),
    "refused": Advice(N_("Refused, because {reason}."), "{fix}"),
    "unparsable": Advice(
        N_("It is signed rightly, but its body cannot be read: {reason}."),
        N_("Look at the body below: it is not what {provider} sends, or it was cut off."),
    ),
    "meant_for": Advice(
        N_("It is signed with the secret of the connection {connection}."),
        N_(
            "Change the address at the sender to /hooks/{connection}, or give this connection"
            " the same"
            " secret."
        ),
    ),
    "other_sender": Advice(
        N_("The headers are those of {sender}; this connection is for {provider}."),
        N_(
            "Change the address at {sender} to that of a connection for it, or the provider of this"
            " connection."
        ),
    ),
    "other_secret": Advice(
        N_("It is signed with {secret} of this connection, not with {wanted}."),
        N_("Write into {wanted} what the sender signs with, or change the secret at the sender."),
    ),
    "other_secret_named": Advice(
        N_("The handshake carries {secret} of this connection where {wanted} is expected."),
        N_("Write the same {wanted} here and at the sender."),
    ),
    "secret_of": Advice(
        N_(
            "It is signed with {secret} of the connection {connection}, not with {wanted} of"
            " this one."
        ),
        N_("Copy the right secret to the sender, or into {wanted}."),
    ),
    "wrong_token_known": Advice(
        N_("{header} carries {secret} of the connection {connection}."),
        N_("Write the token of this connection at the sender, or change the address there."),
    ),
    "token_almost": Advice(
        N_("{header} carries {secret} of the connection {connection}, but for spaces or quotes."),
        N_("Copy the token to the sender again, without anything around it."),
    ),
    "token_unknown": Advice(
        N_(
            "{header} carries a text of {length} characters that is no secret of any connection"
            " here."
        ),
        N_("Copy the token of this connection to the sender again."),
    ),
    "token_not_kept": Advice(
        N_(
            "{header} gives access, so that its value was not kept: it cannot be compared any more."
        ),
        N_("Have the sender send again, and ask about the new delivery."),
    ),
    "header_missing": Advice(
        N_("The header {names} is missing. The sender does not sign, or a proxy has removed it."),
        N_("Set the secret at the sender; if it has one, let the proxy pass this header."),
    ),
    "parameter_missing": Advice(
        N_(
            "The query has no {names}. The sender does not sign, or something on the way has"
            " taken the"
            " query"
            " away."
        ),
        N_("Give the sender the whole address, and let the proxy pass what stands behind the '?'."),
    ),
    "parameter_doubled": Advice(
        N_(
            "The parameter {name} occurs {count} times in the query, and one of its values is"
            " right."
        ),
        N_("Give the sender the address without a query of its own."),
    ),
    "legacy_only": Advice(
        N_("Only {legacy} arrived, which is the old signature; {header} is missing."),
        N_("A proxy removes the newer header, or the sender is too old to send it."),
    ),
    "doubled": Advice(
        N_(
            "The header {header} occurs {count} times, and one of its values is right: something on"
            " the way has added it"
            " again."
        ),
        N_("Let the proxy replace headers instead of adding them."),
    ),
    "time_old": Advice(
        N_("The signed time was {seconds} s old at the arrival (allowed: {allowed} s)."),
        N_(
            "Compare the clocks of this machine and of the sender. If they are right, somebody"
            " sent a"
            " recorded request again, or it was kept waiting on the way."
        ),
    ),
    "time_ahead": Advice(
        N_("The signed time was {seconds} s ahead of ours at the arrival (allowed: {allowed} s)."),
        N_("Set the clock of this machine, or that of the sender, by a time server."),
    ),
    "signature_right": Advice(N_("But for the time, the signature is right.")),
    "time_unreadable": Advice(
        N_("{header} is no count of seconds in the digits 0 to 9."),
        N_("Have the sender write the time as seconds since 1970, in plain digits."),
    ),
    "time_milliseconds": Advice(
        N_("{header} counts milliseconds; seconds are expected."),
        N_("Have the sender divide by 1000 before it signs."),
    ),
    "hash_differs": Advice(
        N_("The signature has as many digits as {came}; {wanted} is expected."),
        N_("Choose {wanted} at the sender."),
    ),
    "signature_quoted": Advice(
        N_("The signature is right, but stands in quotes or between spaces."),
        N_("Have the sender write it bare."),
    ),
    "hex_capitals": Advice(
        N_("The signature is right, but in capitals: its digits must be 0 to 9 and a to f."),
        N_("Have the sender write hex in small letters."),
    ),
    "prefix_missing": Advice(
        N_("The signature is right, but what must stand before it is missing, as in {example}."),
        N_("Have the sender write {example}."),
    ),
    "prefix_wrong": Advice(
        N_("The signature is right, but something else stands before it than in {example}."),
        N_("Have the sender write {example}."),
    ),
    "prefix_added": Advice(
        N_("The signature is right, but something stands before it."),
        N_("Have the sender write the signature alone, or set verify.prefix."),
    ),
    "base64_for_hex": Advice(
        N_("The signature is right, but written as base64; hex is expected."),
        N_("Have the sender write hex; a generic connection can say verify.encoding: base64."),
    ),
    "hex_for_base64": Advice(
        N_("The signature is right, but written as hex; base64 is expected."),
        N_("Have the sender write base64; a generic connection can say verify.encoding: hex."),
    ),
    "body_line_end_lost": Advice(
        N_("The body was altered on the way: it verifies with a line end behind it."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it takes off the last line end."
        ),
    ),
    "body_line_end_added": Advice(
        N_("The body was altered on the way: it verifies without its last line end."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it adds a line end."
        ),
    ),
    "body_trimmed": Advice(
        N_("The body was altered on the way: it verifies without the spaces around it."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it adds spaces."
        ),
    ),
    "body_line_ends": Advice(
        N_("The body was altered on the way: it verifies with other line ends (CRLF or LF)."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it converts line ends."
        ),
    ),
    "body_mark": Advice(
        N_("The body was altered on the way: it verifies with or without a byte order mark."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it handles the body as text."
        ),
    ),
    "body_empty": Advice(
        N_("The signature is that of an empty body."),
        N_("The sender signs before it has the body, or its library reads the body twice."),
    ),
    "body_recoded": Advice(
        N_("The body was altered on the way: it verifies in another encoding of its letters."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it takes UTF-8 for Latin-1, or the other way round."
        ),
    ),
    "body_form": Advice(
        N_("The body was altered on the way: it verifies with its form fields written anew."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it reads the form and writes it again."
        ),
    ),
    "body_json": Advice(
        N_(
            "The body was altered on the way: it verifies as the same JSON with other spaces and"
            " letters written plainly."
        ),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it reads the JSON and writes it again."
        ),
    ),
    "body_json_escaped": Advice(
        N_(
            "The body was altered on the way: it verifies as the same JSON with every letter beyond"
            " ASCII escaped."
        ),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it reads the JSON and writes it again."
        ),
    ),
    "body_json_sorted": Advice(
        N_("The body was altered on the way: it verifies as the same JSON with its keys sorted."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " or have the sender sign the bytes that it sends."
        ),
    ),
    "body_json_indented": Advice(
        N_("The body was altered on the way: it verifies as the same JSON, indented."),
        N_(
            "Find what stands between the sender and this server and let it pass bodies unchanged;"
            " it reads the JSON and writes it again."
        ),
    ),
    "suspicion": Advice("{what}", "{fix}"),
    "nothing_fits": Advice(
        N_(
            "{count} variants of secrets, headers and body were tried; none fits. The sender uses a"
            " secret that no connection here has, or the body was altered in another way."
        ),
        "{fix}",
    ),
    "not_all_tried": Advice(
        N_("The body is so large that not every variant was tried."),
        N_("Ask about a smaller delivery of the same sender."),
    ),
    "mistake": Advice("{what}"),
}

#: What to do about refusals that come before any verification; their body was not kept.
BEFORE_VERIFYING: Mapping[str, str] = {
    "too_large": N_("Send less at once, or raise max_body in automator.yaml."),
    "encoded_body": N_("Have the sender, or the proxy, send the body without Content-Encoding."),
    "disconnected": N_(
        "The sender or a proxy gave up: compare its time limit with the body's size."
    ),
    "slow_body": N_("The body came too slowly: look at the network between the sender and here."),
    "method": N_("Have the sender use POST."),
    "rate": N_("Raise the rate of the connection if all requests are the sender's."),
    "content_type": N_("Have the sender say as Content-Type what it sends: JSON, a form or XML."),
    "busy": N_("Have the sender try again; lower max_body where no large bodies are needed."),
    "unknown_connection": N_(
        "Compare the address with the names under connections in automator.yaml."
    ),
    "internal_connection": N_("Give the sender the address of a connection in automator.yaml."),
    "loop": N_("Find the rules that forward to one another, and take one of them out."),
}
