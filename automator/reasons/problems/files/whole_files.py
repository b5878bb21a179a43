"""Problems of a whole file: it cannot be read, is too large, or has too many problems."""

from automator.model import N_, Reason
from automator.reasons.kind import problem


@problem(
    "file-too-large",
    N_("the file has more than {most:number} bytes, which is the most that is read"),
    N_("split it into several files."),
)
def syntax_file_too_large(*, most: int) -> None: ...
@problem(
    "file-too-large",
    N_("only the first {most:number} bytes of the file are shown: saving would lose the rest"),
    N_("split it into several files on the machine of the server."),
)
def syntax_file_not_whole(*, most: int) -> None: ...
@problem(
    "too-deep",
    N_("this is nested more than {most} levels deep"),
    N_("put quotes around it if it is a text; write it flatter otherwise."),
)
def syntax_file_too_deep(*, most: int) -> None: ...
@problem(
    "too-many-values",
    N_("the file has more than {most:number} values"),
    N_("split it into several files."),
)
def syntax_file_has_too_many_values(*, most: int) -> None: ...
@problem(
    "unreadable-file",
    N_("this cannot be read: {said}"),
    N_("see that it is there, and let the user that runs the server read it."),
)
def syntax_unreadable_file(*, said: Reason) -> None: ...
@problem(
    "link-left-out",
    N_("this link leads out of the rules folder, to {target}, and is left out"),
    N_("put the file itself in its place."),
)
def syntax_link_leads_out(*, target: str) -> None: ...
@problem(
    "link-left-out",
    N_("this link leads to no file that can be read ({target}), and is left out"),
    N_("let it lead to a rule file in the rules folder, or delete it."),
)
def syntax_link_to_no_file(*, target: str) -> None: ...
@problem(
    "link-left-out",
    N_("links to folders are not followed: the rule files in {target} are left out"),
    N_("put the files themselves into a folder of this name."),
)
def syntax_link_to_folder(*, target: str) -> None: ...
@problem(
    "too-many-problems",
    N_("the file has more than {most} problems; the others are not listed"),
    N_("mend those that are listed, then check the file again."),
)
def syntax_more_problems(*, most: int) -> None: ...
@problem(
    "too-many-problems",
    N_("the file has more than {most} warnings; the others are not listed"),
    N_("mend those that are listed, then check the file again."),
)
def syntax_more_warnings(*, most: int) -> None: ...
