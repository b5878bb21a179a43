"""Warnings about texts, patterns and names that no value of an event contains or equals."""

from automator.model import N_
from automator.reasons.kind import problem_kind

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
TWO_BACKSLASHES = problem_kind(
    "meaning_two_backslashes",
    "never-holds",
    N_("two backslashes look for a backslash itself in the text"),
    N_("write '{better}'."),
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
LIST_IN_LIST = problem_kind(
    "meaning_list_in_list",
    "never-holds",
    N_("this never holds: contains() looks for one element of {name}, and this is a list"),
    N_("write {better}."),
)
NOTHING_SOUGHT = problem_kind(
    "meaning_nothing_sought",
    "never-holds",
    N_("this never holds: there is nothing in the brackets"),
    N_("write the texts to look for, as in ['giá', 'bao nhiêu']."),
)
PATTERN_IN_SLASHES = problem_kind(
    "meaning_pattern_in_slashes",
    "never-holds",
    N_("the slashes are a part of the pattern: '{text}' is found only with slashes around it"),
    N_("write '{better}'; (?i) in front takes capital letters as small ones."),
)
UNKNOWN_DAY = problem_kind(
    "meaning_unknown_day",
    "never-holds",
    N_("this never holds: weekday() never says '{value}'"),
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
WHOLE_DAY = problem_kind(
    "meaning_whole_day",
    "constant-comparison",
    N_("this holds all day: from {time} to {time} are 24 hours"),
    N_("write two times, or leave the condition out."),
)
LOST_ALTERNATIVE = problem_kind(
    "meaning_lost_alternative",
    "never-holds",
    N_("'{lost}' never counts: '{first}' is not empty, so that || ends there"),
    N_("write keywords(event.text, {better}), or a condition for each under any."),
)
