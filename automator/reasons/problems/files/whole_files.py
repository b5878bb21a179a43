"""Problems of a file as a whole: it cannot be read, is too large, or has too many problems."""

from automator.model import N_
from automator.reasons.kind import problem_kind

FILE_TOO_LARGE = problem_kind(
    "syntax_file_too_large",
    "file-too-large",
    N_("the file has more than {most:number} bytes, which is the most that is read"),
    N_("split it into several files."),
)
FILE_NOT_WHOLE = problem_kind(
    "syntax_file_not_whole",
    "file-too-large",
    N_("only the first {most:number} bytes of the file are shown: saving would lose the rest"),
    N_("split it into several files on the machine of the server."),
)
FILE_TOO_DEEP = problem_kind(
    "syntax_file_too_deep",
    "too-deep",
    N_("this is nested more than {most} levels deep"),
    N_("put quotes around it if it is a text; write it flatter otherwise."),
)
FILE_HAS_TOO_MANY_VALUES = problem_kind(
    "syntax_file_has_too_many_values",
    "too-many-values",
    N_("the file has more than {most:number} values"),
    N_("split it into several files."),
)
UNREADABLE_FILE = problem_kind(
    "syntax_unreadable_file",
    "unreadable-file",
    N_("this cannot be read: {said}"),
    N_("see that it is there, and let the user that runs the server read it."),
)
LINK_LEADS_OUT = problem_kind(
    "syntax_link_leads_out",
    "link-left-out",
    N_("this link leads out of the rules folder, to {target}, and is left out"),
    N_("put the file itself in its place."),
)
LINK_TO_NO_FILE = problem_kind(
    "syntax_link_to_no_file",
    "link-left-out",
    N_("this link leads to no file that can be read ({target}), and is left out"),
    N_("let it lead to a rule file in the rules folder, or delete it."),
)
LINK_TO_FOLDER = problem_kind(
    "syntax_link_to_folder",
    "link-left-out",
    N_("links to folders are not followed: the rule files in {target} are left out"),
    N_("put the files themselves into a folder of this name."),
)
MORE_PROBLEMS = problem_kind(
    "syntax_more_problems",
    "too-many-problems",
    N_("the file has more than {most} problems; the others are not listed"),
    N_("mend those that are listed, then check the file again."),
)
MORE_WARNINGS = problem_kind(
    "syntax_more_warnings",
    "too-many-problems",
    N_("the file has more than {most} warnings; the others are not listed"),
    N_("mend those that are listed, then check the file again."),
)
