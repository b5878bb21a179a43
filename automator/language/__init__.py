"""Writes texts and reasons as sentences in the reader's language.

Only the server and the commands import this package, so that no other package can depend on a
wording. English texts are in the code, marked with `N_` or passed to the translator; web/locale has
the other languages. Open `translator.py` first.
"""

# mypy: implicit_reexport

from automator.language.problems import problem_as_data, render_problems
from automator.language.translator import ENGLISH, LANGUAGES, Translator
