"""Makes the sentences that people read, in their language.

Only the server and the commands import it, so that no other package can depend on a wording. The
code contains the English texts, marked with `N_` or in a call of the translator; web/locale has the
other languages. Open `translator.py` first.
"""

from automator.language.problems import problem_as_data, render_problems
from automator.language.translator import ENGLISH, LANGUAGES, Translator

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Translator",
    "problem_as_data",
    "render_problems",
]
