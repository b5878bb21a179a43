"""Tells customers' questions from other comments, for the list of unanswered events.

It is a heuristic for a list that people read: a rule has its own conditions.
"""

import re

from automator.conditions.texts.fold import fold

#: Words and phrases with which people ask, folded: without capitals and accents.
_ASKING = re.compile(
    r"[?？]|\b(?:"
    # Vietnamese: price, stock, size, delivery, place, time, way, and the ends of questions.
    r"gia|bao nhieu|bn tien|bnhieu|nhieu tien|con hang|con khong|het chua|size nao|size gi|mau nao"
    r"|ship khong|ship ko|phi ship|o dau|cho nao|dia chi|khi nao|bao gio|may gio|the nao|lam sao"
    r"|tu van|ib|inbox|xin gia|co khong|duoc khong|khong a|ko a|ha shop|shop oi"
    r"|bao lau|bao xa|ntn|nhiu|nhieu (?:vay|the|1|mot)|bn (?:vay|the|1|mot|a)"
    # How many: alone it is also luck, and to sew.
    r"|may (?:ngay|hom|tuan|thang|gio|tien|k|nghin|ngan|tram|size|mau|loai|cai|bo|doi|mon)"
    r"|ship (?:di|ve|toi|den|duoc)|xin (?:link|dia chi|sdt|thong tin)"
    r"|cho \w+ hoi|muon (?:hoi|mua|dat)"
    # The word with which a Vietnamese question ends, with or without an address behind it.
    r"|(?:khong|ko|k|hong|hok|hem|chua|nao|dau|sao|gi|bn)"
    r"(?:\s+(?:a|shop|b|ban|vay|the|nhi|em|ad))*\W*$"
    # English.
    r"|price|how much|how many|how do|how can|what|where|when|which|available|in stock|do you|can i"
    r")(?:\b|$)"
)


def is_question(text: str) -> bool:
    """Whether a comment or message asks for something."""
    return bool(_ASKING.search(fold(text[:2_000])))
