"""Detects the language of a short text such as a comment; None if the text does not show it.

Few rules ask for a language, so this module is imported only for the first such text.
"""

import re
from collections import Counter
from functools import lru_cache
from itertools import chain
from typing import Final

from automator.conditions.texts.fold import fold
from automator.model import normalized

#: How many characters of a text are examined.
MOST_READ: Final = 1_000
#: The languages that can be detected.
LANGUAGES: Final = ("vi", "en", "th", "km", "lo", "ko", "ja", "zh")

#: The language for other names that people write, in lower case without accents.
OTHER_NAMES: Final = {
    name: language
    for language, names in {
        "vi": "vn, vie, viet, vietnamese, tieng viet, vi-vn, vi_vn",
        "en": "eng, english, anh, tieng anh, en-us, en_us, en-gb, en_gb",
        "th": "tha, thai, tieng thai",
        "km": "kh, khmer, tieng khmer",
        "lo": "la, lao, tieng lao",
        "ko": "kr, korean, han, tieng han",
        "ja": "jp, japanese, nhat, tieng nhat",
        "zh": "cn, chinese, trung, tieng trung, zh-cn, zh_cn, zh-tw, zh_tw",
    }.items()
    for name in (*names.split(", "), language)
}


@lru_cache(maxsize=128)
def _language_of(text: str) -> str | None:
    return told_language(text)


def language_of(text: str) -> str | None:
    """The language of a text, such as `vi`; None if the text does not show it."""
    return _language_of(text[:MOST_READ])


# --- The signs of languages: scripts, letters, syllables and frequent words ---
#
# A script that only one language uses decides: Thai, Khmer, Lao, Korean, Japanese, Chinese. Texts
# in Latin letters count as Vietnamese or English, or as neither. Vietnamese has letters that no
# other language has, and each of its words is one syllable out of a few thousand, so it is
# recognised even without accents: 'gia bao nhieu vay' consists of such syllables, and other
# languages hardly have two of them in a row. English is recognised by its frequent words. Words
# that people write in both languages, such as 'ok', 'size' and 'ship', say nothing.

#: The scripts that decide, and the share of kana that makes Chinese characters Japanese.
_SCRIPTS: Final = (
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("lo", re.compile("[\u0e80-\u0eff]")),
    ("km", re.compile("[\u1780-\u17ff]")),
    ("ko", re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")),
    ("ja", re.compile("[\u3040-\u30ff\u31f0-\u31ff]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
)


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LETTERS: Final = re.compile(r"[^\W\d_]")
#: A word without digits.
_WORD: Final = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")
_APOSTROPHE: Final = re.compile(r"(?<=\w)['’](?=\w)")
#: Letters up to which a word of English needs a second one beside it.
_LONG: Final = 5
#: Signs of addresses, names of accounts and tags.
_NO_WORDS: Final = re.compile("[/@#]")

_SYLLABLE: Final = re.compile(
    "(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdghklmnprstvx])?"
    "(?:"
    "a(?:ch|c|i|m|ng|nh|n|o|p|t|u|y)?"
    "|e(?:ch|c|m|ng|nh|n|o|p|t|u)?"
    "|i(?:a|ch|e(?:c|m|ng|n|p|t|u)|m|nh|n|p|t|u)?"
    "|o(?:a(?:ch|c|i|m|ng|nh|n|o|p|t|y)?|c|e(?:n|o|t)?|i|m|ng|n|p|t)?"
    "|u(?:a(?:n|t|y)?|c|e(?:ch|nh)?|i|m|ng|n|o(?:c|i|m|ng|n|p|t|u)?|p|t|u"
    "|y(?:a|ch|e(?:n|t)|nh|t|u)?)?"
    "|y(?:e(?:m|n|ng|t|u))?"
    ")"
)
#: Vietnamese short forms that are no syllables, and that hardly occur in another language.
_SHORT_FORMS: Final = _listed("ko kh hok hong dc bn nhiu mik ntn sdt j vs dz khum hem ak")
#: Horn, hook and dot below, which no other language with Latin letters has on vowels.
_OWN_MARKS: Final = re.compile("[\u031b\u0309\u0323]|[\u0302\u0306][\u0300\u0301\u0303]")
#: Words of both languages, or of no particular language.
_NEUTRAL: Final = _listed(
    "shop size ship sale ok oke okie okay ib dm pm inbox check rep cmt live stream code order web"
    " link mail email zalo facebook fb page admin ad s m l xl xxl free freeship pro hot set"
    " combo cod video test hi hello hey bye thanks thank alo store add stt auto full box mix"
    " top vip sir haha hihi wow yes oh ah a e o i u c k n t v x d b g h p q r w y z"
)
#: Frequent words of English and of its shops.
_ENGLISH: Final = _listed(
    "the is are am was were be been being do does did done have has had having will would can"
    " could should shall may might must not no none i you he she it we they me him her us them my"
    " your his its our their this that these those here there what which who whom whose when where"
    " why how and or but if because so then than as of at by for with about from to in on off out"
    " up down over under again any all some many much more most few less each every other another"
    " such only own same too very just also still yet already now today tomorrow yesterday please"
    " sorry want wanted need needed like love get got give take make made buy bought pay paid send"
    " sent show tell ask help know see look find work works wait long price prices cost costs"
    " cheap expensive discount available stock sold item items product products color colour black"
    " white red blue green pink yellow grey gray brown big small large medium new old good great"
    " nice bad beautiful wrong broken refund return exchange delivery deliver shipping shipped"
    " arrive arrived receive received cancel open close closed hours time day days week address"
    " phone number message reply answer question money back one two three first last before after"
    " dress shirt shoes bag pair piece pieces interested details info information an into"
    " something anything someone anyone really let lets im id ive ill dont doesnt didnt cant wont"
    " isnt arent wasnt havent hasnt whats wheres hows thats theres youre theyre ur pls plz ya yeah"
    " yep nope never always ever maybe tonight morning afternoon evening weekend monday tuesday"
    " wednesday thursday friday saturday sunday five ten twenty next purchase purchasing purchases"
    " buying ordering ordered orders article articles stuff thing things acquire obtain accept"
    " accepted card cards cash transfer bank account deposit deposits payment payments paypal"
    " method methods option options charge charges fee fees rate rates total per wholesale"
    " negotiable cheaper ships shipment shipments delivered delivering arrives arriving package"
    " packages parcel tracking track status check checking update estimated expect expected soon"
    " late delay delayed fast quick slow waiting sending location located physical visit branch"
    " branches near nearest staff opening opens closing closes working hour business holiday"
    " online website support service customer assistance assist helps helping trouble issue issues"
    " problem problems complaint complaints complain file lodge claim unhappy happy disappointed"
    " terrible awful worst poor quality defective damaged faulty torn missing fake returned"
    " returning returns refunds refunded reimburse reimbursed policy swap fit fits fitting wear"
    " wearing chart guide measurements length wide width waist chest tall weigh comfortable tight"
    " loose true smaller bigger larger unsubscribe stop texting messaging contact remove leave"
    " alone appreciate welcome cheers dear sir madam friend friends family sister brother mother"
    " father mom dad wife husband baby kids girl boy woman women man men people person picture"
    " pictures photo photos lovely gorgeous cute amazing awesome perfect excellent fantastic"
    " favourite favorite recommend worth super fabric material cotton soft stitching packaging"
    " packing wedding birthday gift gifts party summer winter house home job earn free win won"
    " prize click link join group loan investment profit followers fuck fucking shit stupid idiot"
    " idiots bitch asshole moron morons bullshit dumb damn hell liar liars scam scammer scammers"
    " needs looking looks found seen thought think feel feels hope wish try tried trying using use"
    " used stopped broke live living lives come coming go going gone keep kept hold reserve wrap"
    " pick pickup put place placing start end since until while during without within between"
    " through both either neither else enough almost around against although though however"
    " different similar best better worse nicer prettier exactly definitely probably actually name"
    " names email street city district country far possible able sure fine right alright false"
    " real original brand"
)
#: Endings of longer English words. Hardly any other language has several of them in a text.
_ENGLISH_ENDING: Final = re.compile(
    ".{2,}(?:ing|ed|tion|sion|ly|ight|ough|ness|ful|less|ment|able|ous|ive|ity|er|ers|ies|ck|sh|th)s?"
)
#: Words that people also write in Vietnamese texts, and that go with English ones.
_LOANED: Final = _listed(
    "thank thanks hello hey bye shop size ship sale ok order store wow yes link"
)
#: Words with accents that are Vietnamese syllables, but also words of other languages.
_FOREIGN: Final = _listed(
    "que tu si mi la ca te de do da no nao sao non di a e o un en el se me ne ni va"
)


def told_language(text: str) -> str | None:
    """The language of a text, such as `vi`; None if the text does not show it."""
    text = normalized("NFKC", text)
    return _by_script(text) or _by_words(text)


def _by_script(text: str) -> str | None:
    """The language whose script most letters belong to."""
    if text.isascii():
        return None
    counts = {language: len(script.findall(text)) for language, script in _SCRIPTS}
    if counts["ja"] and counts["ja"] * 10 >= counts["zh"]:
        counts["ja"] += counts.pop("zh")
    language = max(counts, key=lambda one: counts[one])
    # Vowel signs count for their script, although `_LETTERS` does not match them.
    return language if counts[language] * 2 > len(_LETTERS.findall(text)) else None


def _by_words(text: str) -> str | None:
    text = _APOSTROPHE.sub("", text.lower())
    read = " ".join(part for part in text.split() if not _NO_WORDS.search(part))
    found = Counter(chain.from_iterable(map(_signs_of, _WORD.findall(read))))
    vietnamese, english, other = found["vi"], found["en"], found["other"]
    if vietnamese >= 2 and vietnamese > 2 * (english + other):
        return "vi"
    beside = found["both"] + found["like"]
    is_english = english >= 1 and english + beside >= 2
    if is_english and english + beside > max(2 * vietnamese, other):
        return "en"
    return None


def _signs_of(typed: str) -> tuple[str, ...]:
    """The languages that a word suggests: `vi`, `en`, `both`, `other`; repeated if it is sure."""
    word = fold(typed)
    if word in _NEUTRAL and word == typed:
        return ("like",) if word in _LOANED else ()
    if not word.isascii():
        return ("other",)
    if _has_own_letters(typed) or word in _SHORT_FORMS:
        return ("vi",) if word in _SHORT_FORMS else ("vi",) * 3
    if not _SYLLABLE.fullmatch(word):
        like = ("like",) if _ENGLISH_ENDING.fullmatch(word) else ("other",)
        return ("en",) * (2 if len(word) > _LONG else 1) if word in _ENGLISH else like
    if word == typed:
        return ("both",) if word in _ENGLISH else ("vi",)
    return ("vi",) if word in _FOREIGN else ("vi",) * 2


def _has_own_letters(typed: str) -> bool:
    """Whether a word has letters that only Vietnamese has."""
    if typed.isascii():
        return False
    split = normalized("NFD", typed)
    return "đ" in typed or bool(_OWN_MARKS.search(split))
