"""Parts that problems and their fixes are made of: kinds of values, kinds of names, suggestions."""

from automator.model import N_
from automator.reasons.kind import reason_kind

WORD_KEYS = reason_kind("word_keys", N_("keys"))
WORD_KEYS_BESIDE_ACTION = reason_kind("word_keys_beside_action", N_("keys beside an action"))
WORD_ACTIONS = reason_kind("word_actions", N_("actions"))
WORD_NAMES = reason_kind("word_names", N_("names"))
WORD_FILTERS = reason_kind("word_filters", N_("filters"))
WORD_TESTS = reason_kind("word_tests", N_("tests"))
WORD_SHORTCUTS = reason_kind("word_shortcuts", N_("shortcuts"))
WORD_CONNECTIONS = reason_kind("word_connections", N_("connections"))
WORD_PROVIDERS = reason_kind("word_providers", N_("providers"))
WORD_REASONS = reason_kind("word_reasons", N_("reasons"))
WORD_SAMPLES = reason_kind("word_samples", N_("samples"))
WORD_TIME_INTERVALS = reason_kind("word_time_intervals", N_("time intervals of automator.yaml"))
WORD_SENDERS = reason_kind("word_senders", N_("senders with samples"))
WORD_SANDBOXES = reason_kind("word_sandboxes", N_("parts of the sandbox that answer"))
WORD_SANDBOX_ERRORS = reason_kind("word_sandbox_errors", N_("errors of the sandbox"))
WORD_TARGETS = reason_kind("word_targets", N_("targets"))
WORD_SECRETS = reason_kind("word_secrets", N_("names under 'secrets'"))
WORD_RECEIVERS = reason_kind("word_receivers", N_("names under 'notify'"))
WORD_KINDS = reason_kind("word_kinds", N_("kinds"))
WORD_VALUES = reason_kind("word_values", N_("values"))
#: `many` names what the words are, such as WORD_KEYS.
KNOWN_WORDS = reason_kind("word_known_words", N_("the {many} are: {known:list}."))
NO_KNOWN_WORDS = reason_kind("word_no_known_words", N_("there are no {many}."))
NEAREST_WORD = reason_kind("word_nearest_word", N_("did you mean '{nearest}'? {others:capital}"))
#: A key of other programs with its value, as it is written here.
WRITTEN_AS = reason_kind("word_written_as", N_("write {written}"))
KEY_IS_THERE = reason_kind(
    "word_key_is_there", N_("write what it says below '{key}', which is there already.")
)
KIND_TEXT = reason_kind("word_kind_text", N_("a text"))
KIND_WHOLE_NUMBER = reason_kind("word_kind_whole_number", N_("a whole number"))
KIND_NUMBER = reason_kind("word_kind_number", N_("a number"))
KIND_BOOLEAN = reason_kind("word_kind_boolean", N_("true or false"))
KIND_PAIRS = reason_kind("word_kind_pairs", N_("a mapping (name: value)"))
KIND_MAPPING = reason_kind("word_kind_mapping", N_("a mapping"))
KIND_LIST = reason_kind("word_kind_list", N_("a list"))
KIND_NOTHING = reason_kind("word_kind_nothing", N_("nothing"))
KIND_TRUE = reason_kind("word_kind_true", N_("the value true"))
KIND_FALSE = reason_kind("word_kind_false", N_("the value false"))
#: The owner of a key: a part of a file by the title of its schema, a key, or the whole file.
PART_TITLED = reason_kind("word_part_titled", N_("{title:text}"))
PART_KEY = reason_kind("word_part_key", N_("'{key}'"))
PART_FILE = reason_kind("word_part_file", N_("the file"))
