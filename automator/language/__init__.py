"""Language: makes the sentences that people read, in their language.

Only the server and the commands import it, so that no other package can depend on a wording. The
English texts stand where they are used, marked with `N_` or in a call of the translator; the other
languages stand in web/locale. Open `translator.py` first.
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
