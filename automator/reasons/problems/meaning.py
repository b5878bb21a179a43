"""Warnings about rules that are well formed and most likely not meant so."""

from automator.model import N_
from automator.reasons.kind import problem_kind

NEVER_FIRES = problem_kind(
    "meaning_never_fires",
    "never-fires",
    N_("'{rule}' never fires: '{first}' comes before it and always stops"),
    N_("give it a higher priority than '{first}', or take stop: true away there."),
)
NOT_POSSIBLE = problem_kind(
    "meaning_not_possible",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("use another action, or let events of another connection trigger the rule."),
)
MESSAGE_NOT_POSSIBLE = problem_kind(
    "meaning_message_not_possible",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("name the connection that is to send it, as in via: {other}, and the receiver in to:."),
)
NOT_POSSIBLE_FOR_SOME = problem_kind(
    "meaning_not_possible_for_some",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("give the step an 'if' that asks for connection.provider, or make two rules."),
)
CANNOT_WRITE_THROUGH = problem_kind(
    "meaning_cannot_write_through",
    "not-possible",
    N_("nobody can be written to through {connection}: {provider} has no '{kind}'"),
    N_("name another connection. Those that can: {known:list}."),
)
ONE_OF_ACCOUNTS = problem_kind(
    "meaning_one_of_accounts",
    "not-possible",
    N_("{connection} has several accounts, and none of them is named"),
    N_("name one of them: {known:list}."),
)
NO_COMMENT_HERE = problem_kind(
    "meaning_no_comment_here",
    "not-possible",
    N_("'{action}' needs a comment, and no sample of {events:all} has one"),
    N_("use message or reply, or let comment.created trigger the rule."),
)
CONTRADICTION = problem_kind(
    "meaning_contradiction",
    "never-holds",
    N_("this never holds: another condition wants {name} to be {wanted:alternatives}"),
    N_("remove one, or put both in any:."),
)
EVENTS_TOO_EARLY = problem_kind(
    "meaning_events_too_early",
    "events-too-early",
    N_("'events' is empty here: this is asked for each event on its own"),
    N_("write event; steps see as events what debounce has collected."),
)
POST_TOO_EARLY = problem_kind(
    "meaning_post_too_early",
    "post-too-early",
    N_("{path} is not known here: {where} is asked for before the text of a post is looked up"),
    N_("compare event.post.id, or ask for the text in the if of a step."),
)
LEAD_TOO_EARLY = problem_kind(
    "meaning_lead_too_early",
    "lead-too-early",
    N_("{path} is not known here: {where} is asked for before the answers of a lead are looked up"),
    N_("compare event.lead.form_id, or ask for the answers in the if of a step."),
)
CONSTANT_COMPARISON = problem_kind(
    "meaning_constant_comparison",
    "constant-comparison",
    N_("this compares two constants, and no value of the event"),
    N_("name a field on one side, as in event.text; a field has no quotes around it."),
)
NOT_A_TEXT = problem_kind(
    "meaning_not_a_text",
    "never-holds",
    N_("this never holds: {name} is a text or null, and {written} is neither"),
    N_("write {name} == '{written}'."),
)
NOT_A_FLAG = problem_kind(
    "meaning_not_a_flag",
    "never-holds",
    N_("this never holds: {name} is true or false"),
    N_("write {name}, or !({name})."),
)
EVENT_IN_CAPITALS = problem_kind(
    "meaning_event_in_capitals",
    "never-holds",
    N_("this never holds: event.type is in lower case"),
    N_("write '{lower}'."),
)
NOT_LISTENED_TO = problem_kind(
    "meaning_not_listened_to",
    "never-holds",
    N_("this never holds: the trigger listens to {listened:alternatives}"),
    N_("write one of those, or add '{value}' to the trigger."),
)
UNKNOWN_PATH = problem_kind(
    "meaning_unknown_path",
    "unknown-path",
    N_("no sample of {events:all} has {path}"),
    N_("look at an event in the log."),
)
MISSPELT_PATH = problem_kind(
    "meaning_misspelt_path",
    "unknown-path",
    N_("no sample of {events:all} has {path}"),
    N_("did you mean {nearest}?"),
)
NUMBER_IN_QUOTES = problem_kind(
    "meaning_number_in_quotes",
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and '{text}' is a text"),
    N_("write `{number}`."),
)
TEXT_ORDERED = problem_kind(
    "meaning_text_ordered",
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and '{text}' is a text"),
    N_("write a number in backticks; for times there are ago() and between()."),
)
TEXT_PATH_ORDERED = problem_kind(
    "meaning_text_path_ordered",
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and {name} is a text"),
    N_("write to_number({name}) if it is a number that somebody has typed."),
)
NOT_A_LIST = problem_kind(
    "meaning_not_a_list",
    "never-holds",
    N_("this never holds: {name} is a list"),
    N_("write contains({name}, '{text}')."),
)
ONE_VALUE_NEEDED = problem_kind(
    "meaning_one_value_needed",
    "never-holds",
    N_("this never holds: {name} is an object with several values"),
    N_("name one of its values, as in {example}."),
)
NEVER_LEFT = problem_kind(
    "meaning_never_left",
    "never-holds",
    N_("this never holds: {function}() leaves nothing that is written like '{text}'"),
    N_("write '{better}'."),
)
ARGUMENTS_SWAPPED = problem_kind(
    "meaning_arguments_swapped",
    "arguments-swapped",
    N_("this looks for {path} in the literal text, not the other way round"),
    N_("swap the two: {function}({path}, …)."),
)
WORDS_JOINED = problem_kind(
    "meaning_words_joined",
    "words-joined",
    N_("'{text}' is one phrase: all of it has to be written in this order"),
    N_("write {better} if one of them is enough; leave the commas out for the phrase."),
)
NUMBER_GROUPED = problem_kind(
    "meaning_number_grouped",
    "number-grouped",
    N_("`{written}` is the number {value}: a dot begins the decimals"),
    N_("write `{digits}`."),
)
NEVER_THIS_CONNECTION = problem_kind(
    "meaning_never_this_connection",
    "never-holds",
    N_("this never holds: there is no connection '{value}'"),
    N_("{suggestion}"),
)
NEVER_THIS_PROVIDER = problem_kind(
    "meaning_never_this_provider",
    "never-holds",
    N_("this never holds: no connection has the provider '{value}'"),
    N_("{suggestion}"),
)
EMPTY_BESIDE_NULL = problem_kind(
    "meaning_empty_beside_null",
    "empty-or-null",
    N_("where there is no {name} it is null, which is not equal to ''"),
    N_("write {better}, which knows both."),
)
TEXT_FOR_NULL = problem_kind(
    "meaning_text_for_null",
    "literal-quotes",
    N_("'{text}' is a text here, and not the value null"),
    N_("write `null`."),
)
HEADER_IN_CAPITALS = problem_kind(
    "meaning_header_in_capitals",
    "never-holds",
    N_("this is always null: the names of headers are in small letters here"),
    N_("write {better}."),
)
TWO_BACKSLASHES = problem_kind(
    "meaning_two_backslashes",
    "never-holds",
    N_("two backslashes look for a backslash itself in the text"),
    N_("write '{better}'."),
)
TEMPLATE_IN_EXPRESSION = problem_kind(
    "meaning_template_in_expression",
    "template-in-expression",
    N_("an expression is no template, so that the braces stay as they are"),
    N_("write {path} alone, without quotes and braces."),
)
NOBODY_IN_SCHEDULE = problem_kind(
    "meaning_nobody_in_schedule",
    "no-person",
    N_("a schedule triggers this rule, so that {path} says nothing of a person"),
    N_("read event.data, vars or now; or let an event of a person trigger the rule."),
)
ANSWERS_RECEIPTS = problem_kind(
    "meaning_answers_receipts",
    "answers-receipts",
    N_("this answers every event of the connection, {events:all} too: nobody has written then"),
    N_("name the events, as in event: message.received."),
)
ANSWERS_ITSELF = problem_kind(
    "meaning_answers_itself",
    "answers-itself",
    N_("with include_self the rule answers its own '{action}', which comes back as {event}"),
    N_("leave include_self out, or add a condition that tells its own texts apart."),
)
WILDCARD_COMPARED = problem_kind(
    "meaning_wildcard_compared",
    "never-holds",
    N_("{name} is compared as a whole: '{text}' has no wildcards"),
    N_("write {better}."),
)
LIST_IN_TEXT = problem_kind(
    "meaning_list_in_text",
    "never-holds",
    N_("this never holds: {name} is a text, and no list is in it"),
    N_("write {better}."),
)
TEXT_FOR_LIST = problem_kind(
    "meaning_text_for_list",
    "never-holds",
    N_("this never holds: one_of() wants a list, and '{text}' is a text"),
    N_("write {better}."),
)
NOTHING_SOUGHT = problem_kind(
    "meaning_nothing_sought",
    "never-holds",
    N_("this never holds: there is nothing in the brackets"),
    N_("write the texts to look for, as in ['giá', 'bao nhiêu']."),
)
UNKNOWN_DAY = problem_kind(
    "meaning_unknown_day",
    "never-holds",
    N_("this never holds: weekday() never says '{value}'"),
    N_("write one of: {known:list}."),
)
UNKNOWN_ARM = problem_kind(
    "meaning_unknown_arm",
    "never-holds",
    N_("this never holds: the split '{split}' has no arm '{value}'"),
    N_("write one of: {known:list}."),
)
DAY_OF_OTHER_NAME = problem_kind(
    "meaning_day_of_other_name",
    "never-holds",
    N_("this never holds: weekday() never says '{value}'"),
    N_("write '{nearest}'; the days are: {known:list}."),
)
UNKNOWN_LANGUAGE = problem_kind(
    "meaning_unknown_language",
    "never-holds",
    N_("this never holds: language() never says '{value}'"),
    N_("write one of: {known:list}; any other language is null."),
)
LANGUAGE_OF_OTHER_NAME = problem_kind(
    "meaning_language_of_other_name",
    "never-holds",
    N_("this never holds: language() never says '{value}'"),
    N_("write '{nearest}'; the languages are: {known:list}."),
)
PATTERN_IN_SLASHES = problem_kind(
    "meaning_pattern_in_slashes",
    "never-holds",
    N_("the slashes are a part of the pattern: '{text}' is found only where they stand as well"),
    N_("write '{better}'; (?i) in front takes capital letters as small ones."),
)
WHOLE_DAY = problem_kind(
    "meaning_whole_day",
    "constant-comparison",
    N_("this holds all day: from {time} to {time} are 24 hours"),
    N_("write two times, or leave the condition out."),
)
LIST_ALWAYS_HOLDS = problem_kind(
    "meaning_list_always_holds",
    "always-holds",
    N_("this always holds: a list with something in it counts as true"),
    N_("leave the brackets out, as in {better}."),
)
NUMBER_ALWAYS_HOLDS = problem_kind(
    "meaning_number_always_holds",
    "always-holds",
    N_("this always holds: every number counts as true, 0 as well"),
    N_("write {better}."),
)
MISSING_SIDE = problem_kind(
    "meaning_missing_side",
    "always-holds",
    N_("this always holds: a value that stands alone is compared with nothing"),
    N_("write {better}."),
)
VALUE_ALWAYS_HOLDS = problem_kind(
    "meaning_value_always_holds",
    "always-holds",
    N_("this always holds: there is always a value here, and nothing that it is compared with"),
    N_("compare it, as in event.text == 'giá'."),
)
UNEQUAL_TO_ONE = problem_kind(
    "meaning_unequal_to_one",
    "always-holds",
    N_("this always holds: {name} always differs from one of the two"),
    N_("write && in place of ||."),
)
OUT_OF_SIGHT = problem_kind(
    "meaning_out_of_sight",
    "unknown-path",
    N_("{name} is null here: inside of [? … ] and behind | only the one value is seen"),
    N_("ask outside of it, or look for the item in a template, as in {example}."),
)
UNEQUAL_TO_LIST = problem_kind(
    "meaning_unequal_to_list",
    "never-holds",
    N_("this never holds: {name} is one value, and no list"),
    N_("write {better}."),
)
LIST_IN_LIST = problem_kind(
    "meaning_list_in_list",
    "never-holds",
    N_("this never holds: contains() looks for one element of {name}, and this is a list"),
    N_("write {better}."),
)
PATH_AS_TEXT = problem_kind(
    "meaning_path_as_text",
    "constant-comparison",
    N_("'{path}' between quotes is a text, and not the field"),
    N_("write {path} without quotes."),
)
