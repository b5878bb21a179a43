"""Problems of function calls in expressions: unknown functions and wrong arguments."""

from collections.abc import Sequence

from automator.model import N_, Reason
from automator.reasons.kind import problem, reason


@problem(
    "unknown-function", N_("unknown function {name}()"), N_("the functions are: {known:list}.")
)
def condition_unknown_function(*, name: str, known: Sequence[str]) -> None: ...
@problem("unknown-function", N_("unknown function {name}()"), N_("did you mean {nearest}()?"))
def condition_misspelt_function(*, name: str, nearest: str) -> None: ...
@problem("unknown-function", N_("{name}() is written otherwise here"), N_("write {better}."))
def condition_function_called_otherwise(*, name: str, better: str) -> None: ...
@problem(
    "wrong-argument",
    N_("the arguments of {name}() are written otherwise here"),
    N_("write {better}."),
)
def condition_arguments_otherwise(*, name: str, better: str) -> None: ...
@problem("wrong-arity", N_("{name}() has {count} arguments, {needed}"), N_("write {usage}."))
def condition_wrong_arity(*, name: str, count: int, needed: Reason, usage: str) -> None: ...
@problem("wrong-arity", N_("{name}() has 1 argument, {needed}"), N_("write {usage}."))
def condition_wrong_arity_of_one(*, name: str, needed: Reason, usage: str) -> None: ...
@problem(
    "wrong-arity",
    N_("{name}() needs a time zone as its last value"),
    N_("write {call}, '{zone}'). The zone is a guess: name the one whose clock counts."),
)
def condition_zone_missing(*, name: str, call: str, zone: str) -> None: ...
@reason(N_("at least {least} needed"))
def condition_needed_at_least(*, least: int) -> None: ...
@reason(N_("{least} needed"))
def condition_needed_exactly(*, least: int) -> None: ...
@reason(N_("{least} to {most} needed"))
def condition_needed_between(*, least: int, most: int) -> None: ...
#: Literal arguments that cannot work. `value` is the argument's value as Python writes it.
@problem(
    "wrong-argument",
    N_("keywords() needs a list of texts"),
    N_("write keywords(event.text, ['giá', 'bao nhiêu'])."),
)
def condition_not_words() -> None: ...
@problem(
    "wrong-argument",
    N_("there is no intent '{intent}'"),
    N_("the intents are: {known:list}."),
)
def condition_unknown_intent(*, intent: str, known: Sequence[str]) -> None: ...
@problem(
    "wrong-argument",
    N_("asks() needs the name of an intent, or a list of names"),
    N_("write asks(event.text, 'price')."),
)
def condition_intent_not_written() -> None: ...
@problem(
    "wrong-argument",
    N_("the words of an intent are not a list of texts"),
    N_("write {{price: {{add: ['…'], except: ['…']}}}}."),
)
def condition_not_own_words() -> None: ...
@problem(
    "wrong-argument",
    N_("'{added}' never counts, because '{excepted}' in it is excepted"),
    N_("remove one of the two."),
)
def condition_words_cancelled(*, added: str, excepted: str) -> None: ...
@problem(
    "wrong-argument",
    N_("the word list has an empty word"),
    N_("remove it: every text contains an empty word."),
)
def condition_empty_word() -> None: ...
@problem(
    "wrong-argument",
    N_("the options of keywords() are not an object"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
def condition_options_not_object() -> None: ...
@problem(
    "wrong-argument",
    N_("keywords() has no option '{option}'"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
def condition_unknown_option(*, option: str) -> None: ...
@problem(
    "wrong-argument",
    N_("keywords() has no mode {value}"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
def condition_unknown_mode(*, value: str) -> None: ...
@problem(
    "wrong-argument",
    N_("the option 'all' is neither true nor false"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
def condition_all_not_boolean() -> None: ...
@problem(
    "wrong-argument",
    N_("the option 'typos' is not 0, 1 or 2"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
def condition_typos_out_of_range() -> None: ...
@problem(
    "wrong-argument",
    N_("the option 'typos' only works with mode 'word'"),
    N_(
        "the options are mode ('word', 'contains', 'exact'), all, exclude and typos (0"
        " to 2), as in {{mode: 'contains'}} or {{typos: `1`}}."
    ),
)
def condition_typos_without_words() -> None: ...
@problem(
    "wrong-pattern",
    N_("the pattern has {count} characters, {most} are allowed"),
    N_("shorten it, or use keywords() for a list of words."),
)
def condition_pattern_too_long(*, count: int, most: int) -> None: ...
@problem(
    "wrong-pattern",
    N_("the pattern cannot be read: {said}"),
    N_("use the RE2 syntax: it has no look-ahead and no back-references."),
)
def condition_pattern_unreadable(*, said: str) -> None: ...
@problem(
    "wrong-pattern",
    N_("the pattern '{text}' begins with '*', which repeats the part before it"),
    N_("write '{better}': it is found anywhere in the text."),
)
def condition_pattern_of_stars(*, text: str, better: str) -> None: ...
@problem(
    "wrong-pattern",
    N_(
        "the pattern has {count:number} steps when its repetitions are written out,"
        " {most:number} are allowed"
    ),
    N_("repeat less, as in {{1,20}} for {{1,900}}, or without a number: + or *."),
)
def condition_pattern_steps(*, count: int, most: int) -> None: ...
@problem(
    "wrong-pattern",
    N_(
        "the pattern has more steps when its repetitions are written out, {most:number} are allowed"
    ),
    N_("repeat less, as in {{1,20}} for {{1,900}}, or without a number: + or *."),
)
def condition_pattern_too_many_steps(*, most: int) -> None: ...
@problem(
    "wrong-pattern",
    N_("the pattern of matches() is not a text"),
    N_("write it in single quotes: matches(event.text, '[0-9]+k')."),
)
def condition_pattern_not_text() -> None: ...
@problem(
    "wrong-argument",
    N_("ago() takes the time first, and then how long ago"),
    N_("write ago(event.received_at, '2h')."),
)
def condition_time_comes_first() -> None: ...
@problem(
    "wrong-argument",
    N_("{value} is not a duration"),
    N_("write 90s, 15m, 2h, 3d or 1w in single quotes."),
)
def condition_not_a_span(*, value: str) -> None: ...
@problem("wrong-argument", N_("{value} is not a duration"), N_("write '{better}'."))
def condition_span_spelt_out(*, value: str, better: str) -> None: ...
@problem(
    "wrong-argument",
    N_("there is no time zone {value}"),
    N_("write its name in single quotes: 'Asia/Ho_Chi_Minh', 'Asia/Bangkok', 'UTC'."),
)
def condition_no_such_zone(*, value: str) -> None: ...
@problem("wrong-argument", N_("{value} is not a time of day"), N_("write '{better}'."))
def condition_time_of_day_spelt_out(*, value: str, better: str) -> None: ...
@problem(
    "wrong-argument",
    N_("{value} is not a time of day"),
    N_("write it with four digits in single quotes, from '00:00' to '23:59'."),
)
def condition_not_a_time_of_day(*, value: str) -> None: ...
@problem(
    "wrong-argument",
    N_("arm() needs the name of the split, written out"),
    N_("write arm(event.actor.id, 'greeting', ['a', 'b'])."),
)
def function_split_not_a_name() -> None: ...
@problem(
    "wrong-argument",
    N_("the arms of arm() have to be written out"),
    N_("write ['a', 'b'], or {{a: '70', b: '30'}} with the share of each."),
)
def function_arms_not_written() -> None: ...
@problem(
    "wrong-argument",
    N_("{value} is no list of arms"),
    N_("write up to {most} names, each once, as in ['a', 'b'] or {{a: '70', b: '30'}}."),
)
def function_not_arms(*, value: str | Reason, most: int) -> None: ...
