"""Searches that find nothing: wrong arguments, texts, word lists and patterns of functions."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from automator.conditions import FINDERS
from automator.conditions.forms.calls import LiteralProblem
from automator.conditions.forms.grammar import parse
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.conditions.functions.patterns import compile_pattern
from automator.conditions.texts.fold import fold
from automator.conditions.texts.languages import LANGUAGES, OTHER_NAMES
from automator.configuration.time_intervals import DAYS
from automator.model import N_, Reason, normalized
from automator.reasons.problems.phrases import word_known_words, word_nearest_word, word_values
from automator.rules.meaning.comparisons import meaning_not_a_list
from automator.rules.meaning.conditions import (
    calls,
    is_text,
    path_and_literal,
    sides,
    written_texts,
)
from automator.rules.meaning.event_paths import LISTS, OBJECTS, TEXTS
from automator.rules.meaning.subject import Remark, Subject, warning
from automator.rules.mending.fixes import (
    Place,
    QuickFix,
    as_written,
    by,
    changed,
    instead,
    mistake,
)
from automator.rules.templates.inputs import texts_in


def _turned_round(place: Place) -> Iterator[QuickFix]:
    """Mends `keywords(['giá'], event.text)`, swapped arguments."""
    function, path = str(place.params["function"]), str(place.params["path"])
    pattern = re.compile(rf"{function}\(\s*(.+?)\s*,\s*{re.escape(path)}(?=\s*[,)])")
    found = pattern.match(place.text, place.start, place.line_end)
    if found:
        yield changed(found.start(), found.end(), f"{function}({path}, {found[1]}")


def _words(place: Place) -> Iterator[QuickFix]:
    """Splits `'giá, bao nhiêu'`, alone or as the only item of a list."""
    better = str(place.params["better"])
    if place.text[: place.start].rstrip().endswith("["):
        better = better[1:-1]
    yield from instead(place, f"'{place.params['text']}'", better)


def _whole_call(place: Place) -> Iterator[QuickFix]:
    """Mends `contains(contact.tags, ['vip', 'new'])`, a list in place of one value."""
    found = re.compile(r"\w+\([^()]*\)").match(place.text, place.start, place.line_end)
    insert = as_written(place, str(place.params["better"]))
    if found and insert is not None:
        yield changed(found.start(), found.end(), insert)


def _any_of(place: Place) -> Iterator[QuickFix]:
    """Turns `contains(event.text, ['giá', 'bn'])` into a search for words."""
    better = str(place.params["better"])
    yield from instead(place, better.replace("keywords(", "contains(", 1), better)


# --- Arguments ---


@mistake(
    "arguments-swapped",
    N_("this looks for {path} in the literal text, not the other way round"),
    N_("swap the two: {function}({path}, …)."),
    bad="conditions:\n  - contains('giá', event.text)",
    fix=_turned_round,
)
def meaning_arguments_swapped(*, path: str, function: str) -> None: ...
@mistake(
    "words-joined",
    N_("'{text}' is one phrase: all of it has to be written in this order"),
    N_("write {better} if one of them is enough; leave the commas out for the phrase."),
    bad="conditions:\n  - keywords(event.text, ['giá, bao nhiêu'])",
    fix=_words,
)
def meaning_words_joined(*, text: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {function}() reads a text, and {name} is none"),
    N_("write {better}."),
    bad="conditions:\n  - contains(event.actor, 'Lan')",
    good="conditions:\n  - contains(event.actor.name, 'Lan')",
)
def meaning_object_as_text(*, function: str, name: str, better: str) -> None: ...


@mistake(
    "garbled-text",
    N_("'{text}' has signs of another alphabet or encoding, which nobody types"),
    N_("write '{better}'."),
    bad="conditions:\n  - keywords(event.text, ['Ðặt hàng'])",
    fix=by("{text}", "{better}"),
)
def meaning_garbled(*, text: str, better: str) -> None: ...
@mistake(
    "garbled-text",
    N_("'{text}' is '{better}', typed without the keyboard that puts its accents on"),
    N_("write '{better}'."),
    bad="conditions:\n  - keywords(event.text, ['gias', 'ib'])",
    fix=by("{text}", "{better}"),
)
def meaning_typed_as_keys(*, text: str, better: str) -> None: ...


#: Words with a sign of UTF-8 that was read as another encoding, or with the Icelandic Ð.
_GARBLED = re.compile(r"\b[Ðð]\w+|[^ '\"\n]*[ÂÃÄÅÆáâ][^\x00-\x7f][^ '\"\n]*")
_ICELANDIC = str.maketrans("Ðð", "Đđ")
#: Frequent words whose keys, typed after each other, make no English word.
_TYPED = (
    "giá đặt đơn hàng tiền phí nhiêu nhiều không được rồi chưa vậy với mình quá biết sản phẩm"
    " chuyển khoản khuyến giảm màu quần váy giày chào bạn cảm nhé số điện thoại địa chỉ vấn hỏi"
)
#: The keys of Telex and VNI for each accent, and for the signs on the letters before it.
_KEYS: Mapping[str, str] = {
    "\u0301": "s1", "\u0300": "f2", "\u0309": "r3", "\u0303": "x4", "\u0323": "j5",
    "\u0302": "?6", "\u031b": "w7", "\u0306": "w8", "\u0335": "d9",
}  # fmt: skip


@warning
def garbled_texts(subject: Subject) -> Iterator[Remark]:
    """Finds `Ðặt`, `giÃ¡`, and `gias` or `gia1` for `giá`, in every text of the rule."""
    for place, text in texts_in(subject.data, subject.path):
        if place[len(subject.path)] != "tests":
            for found, reason in garbled_in(text):
                yield Remark(place, reason, (found.start(), len(found[0])))


def garbled_in(text: str) -> Iterator[tuple[re.Match[str], Reason]]:
    """The garbled words of a text, each with the problem."""
    for found in _GARBLED.finditer(text) if not text.isascii() else ():
        better = _ungarbled(found[0])
        if better != found[0]:
            yield found, meaning_garbled(text=found[0], better=better)
    for found in re.finditer(r"(?<![\w/.@-])[a-zA-Z]+[0-9]*[a-z0-9]*(?![\w/.@-])", text):
        word = _AS_KEYS.get("".join(sorted(found[0].lower()))) if len(found[0]) > 3 else None
        if word and found[0][0].lower() == fold(word)[0]:
            better = word if found[0].islower() else word.capitalize()
            yield found, meaning_typed_as_keys(text=found[0], better=better)


def _ungarbled(text: str) -> str:
    """The text as its author typed it; the text itself if nothing shows that it is another."""
    if text[0] in "Ðð":
        return text[0].translate(_ICELANDIC) + text[1:]
    try:
        return b"".join(_byte(sign) for sign in text).decode()
    except UnicodeError:
        return text


def _byte(sign: str) -> bytes:
    try:
        return sign.encode("cp1252")
    except UnicodeError:
        return sign.encode("latin-1")


def _keys_of(word: str, kind: int) -> str:
    """The keys that type a word in Telex (0) or VNI (1), sorted: their order is free."""
    split, keys = normalized("NFD", word.replace("đ", "d\u0335")), ""
    for at, sign in enumerate(split):
        key = _KEYS.get(sign, sign * 2)[kind] if sign in _KEYS else sign
        keys += next(one for one in reversed(split[:at]) if one.isalpha()) if key == "?" else key
    return "".join(sorted(keys))


_AS_KEYS: Mapping[str, str] = {
    _keys_of(word, kind): word for word in _TYPED.split() for kind in (0, 1)
}


#: The functions that change every character of a text.
_ALTERS: Mapping[str, Callable[[str], str]] = {
    "fold": fold,
    "lower": str.lower,
    "upper": str.upper,
}
#: Functions that search their first argument for the second.
_LOOKS_FOR = frozenset({"contains", "starts_with", "ends_with", "one_of", "matches"})
#: Signs with a special meaning in a pattern.
_PATTERN_SIGNS = re.compile(r"[\\^$.|?*+()\[\]{}]")
#: Functions whose first argument is a text.
_OF_TEXTS = frozenset(
    {
        "keywords",
        "matches",
        "starts_with",
        "ends_with",
        "lower",
        "upper",
        "fold",
        "trim",
        "language",
        *FINDERS,
    }
)
#: The path of the text that an object's name means.
TEXT_INSIDE = {
    **dict.fromkeys(("event", "event.comment", "event.message"), "event.text"),
    "event.actor": "event.actor.name",
    "contact": "contact.name",
    "connection": "connection.name",
    "event.attachments": "event.text",
    "contact.tags": "join(' ', contact.tags)",
}


@warning
def objects_as_texts(subject: Subject) -> Iterator[Remark]:
    """Finds `keywords(event.comment, ['giá'])`: an object is searched in place of its text."""
    for written, node in subject.parts_in_scope:
        if node["type"] != "function_expression" or not node["children"]:
            continue
        function, first = node["value"], node["children"][0]
        name = ".".join(path_names(first) or ())
        of_text = function in _OF_TEXTS and name in OBJECTS | LISTS
        if of_text or (function in ("contains", "one_of") and name in OBJECTS):
            inner = TEXT_INSIDE.get(name, f"{name}.id")
            better = unparse({**node, "children": [parse(inner), *node["children"][1:]]})
            reason = meaning_object_as_text(function=function, name=name, better=better)
            yield written.remark(name, reason)


@warning
def altered_texts(subject: Subject) -> Iterator[Remark]:
    """Finds `contains(fold(x), 'giá')`: the result of fold() never contains such a text."""
    for written, node in subject.parts:
        for function, sought in _sought_in(node):
            better = _ALTERS[function](sought)
            if any(_is_lost(function, sign) for sign in sought):
                reason = meaning_never_left(function=function, text=sought, better=better)
                yield written.remark(f"'{sought}'", reason)
                break


def _is_lost(function: str, sign: str) -> bool:
    return sign.isalpha() and _ALTERS[function](sign) != sign


def _sought_in(node: Node) -> Iterator[tuple[str, str]]:
    """The function that changes a text, and each literal text that its result is searched for."""
    for one, other in sides(node):
        yield from _pairs(one, other)
    if node["type"] == "function_expression" and node["value"] in _LOOKS_FOR:
        is_pattern = node["value"] == "matches"
        for function, text in _pairs(*node["children"][:2]):
            if not (is_pattern and _PATTERN_SIGNS.search(text)):
                yield function, text


def _pairs(altered: Node, sought: Node) -> Iterator[tuple[str, str]]:
    if altered["type"] != "function_expression" or altered["value"] not in _ALTERS:
        return
    for text in written_texts(sought):
        yield altered["value"], text


@warning
def swapped_arguments(subject: Subject) -> Iterator[Remark]:
    """Finds `keywords(['giá'], event.text)`: text and words are swapped."""
    for written, node, function in calls(subject):
        reason = _swapped(function, *node["children"][:2])
        if reason is not None:
            yield written.remark(function, reason)


def _swapped(function: str, first: Node, second: Node) -> Reason | None:
    names = path_names(second)
    if names is None or names[0] != "event":
        return None
    is_list = first["type"] == "multi_select_list" or isinstance(first.get("value"), list)
    is_literal = is_text(first)
    # `contains('S, M, L', event.text)` may ask on purpose whether a text is one of several.
    is_word = is_literal and first["value"].isalpha() and names == ("event", "text")
    is_swapped = {
        "keywords": is_list or is_literal,
        "one_of": is_list,
        "matches": is_literal,
        "contains": is_word,
        "starts_with": is_word,
        "ends_with": is_word,
    }.get(function, False)
    if not is_swapped:
        return None
    return meaning_arguments_swapped(function=function, path=".".join(names))


@warning
def joined_words(subject: Subject) -> Iterator[Remark]:
    """Finds `keywords(x, 'giá, bao nhiêu')`: a text with commas is a single phrase."""
    for written, node, _ in calls(subject, "keywords"):
        words = _lone_text(node["children"][1])
        reason = joined(words)
        if reason is not None:
            yield written.remark(f"'{words}'", reason)


def joined(words: str) -> Reason | None:
    """The reason if a text joins several words, as in `giá, bao nhiêu` or `giá|bao nhiêu`."""
    apart = [word.strip() for word in re.split("[,;|]", words) if word.strip()]
    better = ", ".join(f"'{word}'" for word in apart)
    return meaning_words_joined(text=words, better=f"[{better}]") if len(apart) > 1 else None


def _lone_text(words: Node) -> str:
    if words["type"] == "multi_select_list" and len(words["children"]) == 1:
        words = words["children"][0]
    return words["value"] if is_text(words) else ""


# --- Searched texts ---


@mistake(
    "never-holds",
    N_("this never holds: {function}() leaves nothing that is written like '{text}'"),
    N_("write '{better}'."),
    bad="conditions:\n  - contains(lower(event.text), 'GIÁ')",
    fix=by("'{text}'", "'{better}'"),
)
def meaning_never_left(*, function: str, text: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("{name} is compared as a whole: '{text}' has no wildcards"),
    N_("write {better}."),
    bad="conditions:\n  - event.text == '*giá*'",
    fix=by("{name} == '{text}'", "{better}"),
)
def meaning_wildcard_compared(*, name: str, text: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {name} is a text, and no list is in it"),
    N_("write {better}."),
    bad="conditions:\n  - contains(event.text, ['giá', 'ib'])",
    fix=_any_of,
)
def meaning_list_in_text(*, name: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: one_of() wants a list, and '{text}' is a text"),
    N_("write {better}."),
    bad="conditions:\n  - one_of(event.text, 'giá, ib')",
    fix=by("'{text}'", "{better}"),
)
def meaning_text_for_list(*, text: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: contains() looks for one element of {name}, and this is a list"),
    N_("write {better}."),
    bad="conditions:\n  - contains(contact.tags, ['vip', 'new'])",
    fix=_whole_call,
)
def meaning_list_in_list(*, name: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: there is nothing in the brackets"),
    N_("write the texts to look for, as in ['giá', 'bao nhiêu']."),
    bad="conditions:\n  - keywords(event.text, [])",
    good="conditions:\n  - keywords(event.text, ['giá'])",
)
def meaning_nothing_sought() -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {function}() never says '{value}'"),
    N_("{suggestion}"),
    bad="conditions:\n  - weekday(now, 'UTC') == 'monday'",
    good="conditions:\n  - weekday(now, 'UTC') == 'mon'",
)
def meaning_never_said(*, function: str, value: str, suggestion: Reason) -> None: ...
@mistake(
    "constant-comparison",
    N_("this holds all day: from {time} to {time} are 24 hours"),
    N_("write two times, or leave the condition out."),
    bad="conditions:\n  - between(now, '08:00', '08:00', 'UTC')",
    good="conditions:\n  - between(now, '08:00', '12:00', 'UTC')",
)
def meaning_whole_day(*, time: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: keywords() needs a list of texts, and {name} is none"),
    N_("write it as a list of texts, as in {name}: [giá, bao nhiêu], or name a list in it."),
    bad="vars: {words: 5}\nconditions:\n  - keywords(event.text, vars.words)",
    good="vars: {words: [giá, ib]}\nconditions:\n  - keywords(event.text, vars.words)",
)
def meaning_words_no_list(*, name: str) -> None: ...
@mistake(
    "never-holds",
    N_("'{text}' is searched literally: there are no wildcards here"),
    N_("write '{better}'; with {option} it is found inside of words as well."),
    bad="conditions:\n  - keywords(event.text, ['giá*'])",
    good="conditions:\n  - keywords(event.text, ['giá'])",
)
def meaning_wild_word(*, text: str, better: str, option: str) -> None: ...


#: `gi*`, `.*giá.*`, `%giá%`: a word with the wildcards of other languages before or after it.
_WILD = re.compile(
    r"(?P<before>(?:\.?\*|%)?)(?P<text>[^\W\d_](?:[\w ]*\w)?)(?P<after>(?:\.?\*|%)?)"
)
_DAY_NAMES = {
    **{
        name: day
        for day, names in {
            "mon": "monday t2 thu 2 thu hai",
            "tue": "tuesday tues t3 thu 3 thu ba",
            "wed": "wednesday t4 thu 4 thu tu",
            "thu": "thursday thur thurs t5 thu 5 thu nam",
            "fri": "friday t6 thu 6 thu sau",
            "sat": "saturday t7 thu 7 thu bay",
            "sun": "sunday cn chu nhat",
        }.items()
        for name in re.findall(r"(?:thu|chu) \w+|\w+", names)
    },
    **{day: day for day in DAYS},
}


@warning
def wildcards(subject: Subject) -> Iterator[Remark]:
    """Finds `event.text == '%giá%'`: a comparison knows no wildcards."""
    for written, node in subject.parts:
        name, value = path_and_literal(node) or ("", None)
        found = _WILD.fullmatch(value) if isinstance(value, str) else None
        if found and node["value"] == "eq" and name in TEXTS and found["before"] + found["after"]:
            function = "contains" if found["before"] and found["after"] else "starts_with"
            function = function if found["after"] else "ends_with"
            better = f"{function}({name}, '{found['text']}')"
            reason = meaning_wildcard_compared(name=name, text=found[0], better=better)
            yield written.remark(name, reason)


@warning
def misplaced_lists(subject: Subject) -> Iterator[Remark]:
    """Finds `contains(event.text, ['giá'])`, `one_of(event.type, 'comment.created')`, and `[]`."""
    for written, node, function in calls(subject):
        children = node["children"]
        name = ".".join(path_names(children[0]) or ())
        words = written_texts(children[1])
        is_list = not is_text(children[1])
        if function in ("keywords", "one_of") and _is_flattening(children[1]):
            yield written.remark(function, meaning_nothing_sought())
        elif function == "contains" and name in TEXTS and is_list and words:
            listed = ", ".join(f"'{word}'" for word in words)
            better = f"keywords({name}, [{listed}])"
            reason = meaning_list_in_text(name=name, better=better)
            yield written.remark(function, reason)
        elif function in ("starts_with", "ends_with") and name in TEXTS and is_list and words:
            better = " || ".join(f"{function}({name}, '{word}')" for word in words)
            yield written.remark(function, meaning_list_in_text(name=name, better=better))
        elif function == "contains" and name in LISTS and is_list and words:
            better = " || ".join(f"contains({name}, '{word}')" for word in words)
            yield written.remark(function, meaning_list_in_list(name=name, better=better))
        elif function == "one_of" and words and not is_list:
            reason = meaning_text_for_list(text=words[0], better=f"['{words[0]}']")
            yield written.remark(f"'{words[0]}'", reason)


#: Functions with few results: these, and the results for other words that people write.
_RESULTS: Mapping[str, tuple[Collection[str], Mapping[str, str]]] = {
    "weekday": (DAYS, _DAY_NAMES),
    "language": (LANGUAGES, OTHER_NAMES),
}


@warning
def unknown_results(subject: Subject) -> Iterator[Remark]:
    """Finds `weekday(now, zone) == 'Chủ nhật'`, `language(event.text) == 'vn'`."""
    for written, node in subject.parts:
        for one, other in sides(node, "ne", "one_of"):
            function = str(one.get("value"))
            if one["type"] != "function_expression" or function not in _RESULTS:
                continue
            known, called = _RESULTS[function]
            listed = word_known_words(many=word_values(), known=list(known))
            is_number = other["type"] == "literal" and type(other["value"]) in (int, float)
            for word in [unparse(other)] if is_number else written_texts(other):
                nearest = called.get(fold(word).strip())
                advice = word_nearest_word(nearest=nearest, others=listed) if nearest else listed
                if word not in known:
                    value = word.strip("`")
                    yield written.remark(
                        word if is_number else f"'{word}'",
                        meaning_never_said(function=function, value=value, suggestion=advice),
                    )


@warning
def otherwise_found(subject: Subject) -> Iterator[Remark]:
    """Finds `contains(phones(event.text), '0901 234 567')`: phones() returns another spelling."""
    for written, node in subject.parts:
        for one, other in sides(node, "contains", "one_of"):
            function = _finding(one)
            for text in written_texts(other) if function else ():
                if node["value"] == "eq" and one["type"] == "function_expression":
                    reason = meaning_not_a_list(name=unparse(one), text=text)
                    yield written.remark(function, reason)
                elif text not in (found := FINDERS[function](text)):
                    better = found[0] if found else _FOUND_AS[function]
                    reason = meaning_never_left(function=function, text=text, better=better)
                    yield written.remark(f"'{text}'", reason)


#: An example of the spelling in which each function returns its values.
_FOUND_AS: Mapping[str, str] = {
    "addresses": "số 12 Lê Lợi, Q.1",
    "emails": "lan@example.com",
    "links": "https://example.com/",
    "phones": "+84901234567",
}


def _finding(node: Node) -> str:
    """The name of the function in `phones(x)` and `phones(x)[0]`; "" for any other expression."""
    if node["type"] == "index_expression":
        node = node["children"][0]
    is_call = node["type"] == "function_expression" and node["value"] in FINDERS
    return node["value"] if is_call else ""


@warning
def wild_words(subject: Subject) -> Iterator[Remark]:
    """Finds `keywords(event.text, ['gi*'])`: a word list knows no wildcards."""
    for written, node, _ in calls(subject, "keywords"):
        for word in written_texts(node["children"][1]):
            found = _WILD.fullmatch(word)
            if found and found["before"] + found["after"]:
                option = "{mode: 'contains'}"
                reason = meaning_wild_word(text=word, better=found["text"], option=option)
                yield written.remark(f"'{word}'", reason)


@warning
def words_without_list(subject: Subject) -> Iterator[Remark]:
    """Finds `keywords(event.text, vars.words)` if `words` is a mapping or has numbers in it."""
    for written, node, _ in calls(subject, "keywords"):
        name = ".".join(path_names(node["children"][1]) or ())
        value = subject.value_of(name, "")
        items = value if isinstance(value, list) else [value]
        reason = joined(value) if isinstance(value, str) else None
        if not all(isinstance(item, str) for item in items):
            reason = meaning_words_no_list(name=name)
        if reason is not None:
            yield written.remark(name, reason)


@warning
def whole_days(subject: Subject) -> Iterator[Remark]:
    """Finds `between(now, '21:00', '21:00', zone)`, which holds all day."""
    for written, node, function in calls(subject, "between"):
        first, last = (written_texts(child) for child in node["children"][1:3])
        if first and first == last:
            yield written.remark(function, meaning_whole_day(time=first[0]))


def _is_flattening(node: Node) -> bool:
    """Whether a part is `[]`, which is not an empty list: it flattens the current value."""
    inner = node["children"][0] if node["type"] == "projection" else node
    kinds = inner["type"], *(child["type"] for child in inner["children"])
    return kinds == ("flatten", "identity")


# --- Patterns ---


@mistake(
    "never-holds",
    N_("two backslashes look for a backslash itself in the text"),
    N_("write '{better}'."),
    bad="conditions:\n  - matches(event.text, '\\\\d+')",
    good="conditions:\n  - matches(event.text, '\\d+')",
)
def meaning_two_backslashes(*, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("the slashes are a part of the pattern: '{text}' is found only with slashes around it"),
    N_("write '{better}'; (?i) in front takes capital letters as small ones."),
    bad="conditions:\n  - matches(event.text, '/giá/')",
    fix=by("'{text}'", "'{better}'"),
)
def meaning_pattern_in_slashes(*, text: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("\\b knows the letters a to z alone: beside '{letter}' it never finds the end of a word"),
    N_("use keywords() for whole words, or leave \\b out."),
    bad="conditions:\n  - matches(event.text, 'giá\\b')",
    good="conditions:\n  - keywords(event.text, ['giá'])",
)
def meaning_bound_beside_letter(*, letter: str) -> None: ...
@mistake(
    "always-holds",
    N_("the pattern '{text}' fits every text, since it may also fit nothing at all"),
    N_("take out the part that may be empty, such as an | with nothing behind it."),
    bad="conditions:\n  - matches(event.text, 'giá|')",
    good="conditions:\n  - matches(event.text, 'giá')",
)
def meaning_pattern_fits_all(*, text: str) -> None: ...
@mistake(
    "never-holds",
    N_("the brace of '{text}' is a sign of the text here: no number of repetitions ends in it"),
    N_("write {better}; put a literal brace into square brackets."),
    bad="conditions:\n  - matches(event.text, '[0-9]{9, 11}')",
    good="conditions:\n  - matches(event.text, '[0-9]{9,11}')",
)
def meaning_brace_in_pattern(*, text: str, better: str) -> None: ...


#: In RE2, only ASCII letters count as parts of words.
_BOUND_BESIDE_LETTER = re.compile(
    r"(?<!\\)\\b(?P<after>(?![\x00-\x7f])[^\W\d_])|(?P<before>(?![\x00-\x7f])[^\W\d_])\\b"
)
_OPEN_BRACE = re.compile(r"(?<!\\)\{[0-9]+(?:,[0-9]*)?(?![0-9,}])")
#: Texts that have nothing in common.
_UNLIKE_TEXTS = ("", "\x01", "\u4e00")
_TWO_BACKSLASHES = re.compile(r"\\\\[dDsSwWbB.+*?(]")
_IN_SLASHES = re.compile(r"/(?P<pattern>.+)/(?P<flags>[gimsuy]{0,4})")


@warning
def unfit_patterns(subject: Subject) -> Iterator[Remark]:
    """Finds `\\\\d+`, `/giá/i`, `\\bđẹp\\b`, `giá|`: patterns that do not mean what they seem."""
    for written, node, _ in calls(subject, "matches"):
        is_of_text = ".".join(path_names(node["children"][0]) or ()) == "event.text"
        for pattern in written_texts(node["children"][1])[:1]:
            found = _IN_SLASHES.fullmatch(pattern)
            reason = _unfit(pattern)
            if found and (found["flags"] or is_of_text):
                better = f"{'(?i)' if 'i' in found['flags'] else ''}{found['pattern']}"
                reason = meaning_pattern_in_slashes(text=pattern, better=better)
            if reason is not None:
                yield written.remark(f"'{pattern}'", reason)


def _unfit(pattern: str) -> Reason | None:
    if _TWO_BACKSLASHES.search(pattern):
        return meaning_two_backslashes(better=pattern.replace("\\\\", "\\"))
    bound = _BOUND_BESIDE_LETTER.search(pattern)
    if bound:
        return meaning_bound_beside_letter(letter=bound["after"] or bound["before"])
    brace = _OPEN_BRACE.search(pattern)
    if brace:
        return meaning_brace_in_pattern(text=pattern, better=f"{brace[0]}}}")
    try:
        fits = compile_pattern(pattern).is_in
    except LiteralProblem:
        return None
    # A pattern for an empty text, such as ^$, does not match the other texts.
    return meaning_pattern_fits_all(text=pattern) if all(map(fits, _UNLIKE_TEXTS)) else None
