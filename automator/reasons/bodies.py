"""Faults of the body of a delivery, and remarks on accepted bodies."""

from automator.model import N_
from automator.reasons.kind import reason_kind

NOT_JSON = reason_kind("not_json", N_("the body is not JSON: {error}"))
RECODED_TOO_LARGE = reason_kind(
    "recoded_too_large", N_("the body is not in UTF-8, and larger than {limit} KiB")
)
TOO_MANY_VALUES = reason_kind(
    "too_many_values", N_("the body holds more than {limit:number} values")
)
TOO_MANY_EVENTS = reason_kind(
    "too_many_events", N_("the body holds more than {limit:number} events")
)
TOO_DEEP = reason_kind("too_deep", N_("the body is nested deeper than {limit}"))
NOT_AN_OBJECT = reason_kind("not_an_object", N_("the body is not a JSON object"))
NO_LIST = reason_kind("no_list", N_("the body has no list '{name}'"))
NOT_A_FORM = reason_kind("not_a_form", N_("the form cannot be read: {error}"))
NOT_A_SIGNED_REQUEST = reason_kind(
    "not_a_signed_request", N_("the form has no signed_request with JSON in it")
)
XML_TOO_LARGE = reason_kind("xml_too_large", N_("the XML is larger than {limit} KiB"))
XML_TOO_DEEP = reason_kind("xml_too_deep", N_("the XML is too deep or too long"))
NOT_XML = reason_kind("not_xml", N_("the XML cannot be read: {error}"))
NO_ITEMS = reason_kind(
    "no_items",
    N_("split finds nothing in the body"),
    N_("Look at the delivery and correct `split` of the connection."),
)

ENCRYPTED = reason_kind(
    "encrypted",
    N_("the message is encrypted"),
    N_("Write encoding_aes_key and app_id into the connection."),
)
UNDECIPHERABLE = reason_kind(
    "undecipherable",
    N_("the message cannot be decrypted: {because}"),
    N_("Copy EncodingAESKey and AppID from Settings → Basic configuration."),
)
NOT_WHOLE_BLOCKS = reason_kind("not_whole_blocks", N_("it is not base64 of whole blocks"))
ENCRYPTED_WITH_OTHER_KEY = reason_kind(
    "encrypted_with_other_key", N_("it was encrypted with another key")
)
ENCRYPTED_FOR_OTHER_ACCOUNT = reason_kind(
    "encrypted_for_other_account", N_("it is for another account")
)

NOT_A_CLOUDEVENT = reason_kind("not_a_cloudevent", N_("not a CloudEvent: {because}"))
NOT_A_BATCH = reason_kind("not_a_batch", N_("a batch is a list of events"))
EVENT_NOT_AN_OBJECT = reason_kind("event_not_an_object", N_("an event is an object"))
ATTRIBUTE_MISSING = reason_kind("attribute_missing", N_("the attribute {name} is missing"))
OTHER_SPECVERSION = reason_kind("other_specversion", N_("specversion is not {version}"))
NO_MODE = reason_kind(
    "no_mode", N_("neither application/cloudevents+json, nor a batch of it, nor headers ce-…")
)

# --- Remarks ---

DUPLICATE_KEY = reason_kind(
    "duplicate_key", N_("a key occurs twice in one object, the last counts: {names:list}")
)
ZALO_LATE = reason_kind(
    "late",
    N_(
        "Zalo dates the event {away:duration} away from its arrival: it was sent again late, or"
        " one of the clocks is wrong"
    ),
)
