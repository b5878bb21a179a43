"""No code reads a sentence: reasons are compared by their codes, and declared with their values."""

import ast
import importlib
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from automator.reasons import ReasonKind, kinds
from automator.rules.meaning import table  # noqa: F401 - it declares mistakes

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "automator"
#: What holds a sentence, or a reason that becomes one.
SENTENCES = {"reason", "message", "summary", "because", "last_summary"}
#: Methods of texts and of columns that look into a sentence.
LOOKS = {
    "startswith", "endswith", "find", "rfind", "index", "split", "rsplit", "partition",
    "rpartition", "removeprefix", "removesuffix", "like", "ilike", "contains", "icontains",
    "regexp_match", "regexp_replace",
}  # fmt: skip
SQL = re.compile(
    r"\b(reason|summary)\s*(=|<>|!=|\bLIKE\b|\bILIKE\b|\bGLOB\b|\bREGEXP\b|\bIN\b|~)", re.IGNORECASE
)
#: What looks into a sentence all the same, and why.
ALLOWED = {
    "automator/conditions/forms/grammar.py": (
        "error.message.startswith('Unclosed')",
        "the parser of JMESPath gives its errors no code",
    ),
    "automator/cli/terminal/help.py": (
        "_SENTENCES.fullmatch(error.message)",
        "Typer gives some of its errors neither a class nor values",
    ),
}
#: What people read: its sentences are in `automator.reasons`, or marked with `N_`.
SAYING = {
    "StepError", "RetryableError", "PermanentError", "UnknownOutcome", "TargetUnavailable",
    "SkippedStep", "RescheduledStep", "RejectedDelivery", "UnparsableDelivery", "quoted",
    "AutomatorError", "UsageError", "NotFoundError", "ConflictError", "SettingsError",
    "StoreUnavailableError", "InstallationChangedError", "RequestError", "SignInNeeded",
    "SealedError", "RenderError",
}  # fmt: skip
#: Two words after each other, as no list of codes and no JSON has them.
WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
#: What declares a kind of reason.
DECORATORS = {"reason", "problem", "mistake"}
PLACE = re.compile(r"(?<!\{)\{([a-z_]+)(?::[a-z]+)?\}")


def is_sentence(node: ast.expr) -> bool:
    """`run.reason`, `row["summary"]`, `str(run.reason)`."""
    if isinstance(node, ast.Attribute):
        return node.attr in SENTENCES
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value in SENTENCES
    if isinstance(node, ast.Call):
        is_text = isinstance(node.func, ast.Name) and node.func.id == "str"
        return is_text and any(map(is_sentence, node.args))
    return False


def looks_into_sentences(tree: ast.Module) -> Iterator[ast.expr]:
    """The expressions that compare a sentence, search it, or take it apart."""
    for node in ast.walk(tree):
        is_sql = isinstance(node, ast.Call) and is_raw_sql(node)
        if isinstance(node, ast.expr) and (is_sql or any(map(is_sentence, looked_into(node)))):
            yield node


def looked_into(node: ast.expr) -> Sequence[ast.expr]:
    """The values whose contents an expression looks at."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            is_identity = all(isinstance(op, ast.Is | ast.IsNot) for op in ops)
            return [] if is_identity or is_presence(node) else [left, *others]
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in LOOKS:
            return [value]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"))):
            return node.args
        case ast.Call(func=ast.Attribute(attr="match" | "fullmatch" | "search" | "sub")):
            return node.args
        case ast.Subscript(value=value, slice=ast.Slice()):
            return [value]
    return []


def is_raw_sql(call: ast.Call) -> bool:
    """Words of SQL that compare a column of sentences."""
    is_text = isinstance(call.func, ast.Name) and call.func.id == "text"
    is_driver = isinstance(call.func, ast.Attribute) and call.func.attr == "exec_driver_sql"
    return (is_text or is_driver) and any(SQL.search(ast.unparse(item)) for item in call.args)


def is_presence(node: ast.Compare) -> bool:
    """`summary == ""` asks whether there is one."""
    return all(isinstance(item, ast.Constant) and item.value == "" for item in node.comparators)


@cache
def declared() -> Mapping[str, tuple[ReasonKind[...], ast.arguments]]:
    """The kinds of reasons by the name of the function that declares each, with its parameters."""
    return {
        node.name: (vars(importlib.import_module(dotted(path)))[node.name], node.args)
        for path, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any(map(is_declaration, node.decorator_list))
    }


def is_declaration(decorator: ast.expr) -> bool:
    """`@reason(N_("…"))` and the like."""
    return isinstance(decorator, ast.Call) and called_name(decorator) in DECORATORS


def dotted(path: str) -> str:
    """The name of the module in a file."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def places(kind: ReasonKind[...]) -> list[str]:
    """The values that the sentence and the advice of a kind name."""
    return sorted({*PLACE.findall(kind.text), *PLACE.findall(kind.advice)})


def raw_sentences(tree: ast.Module, saying: Container[str]) -> Iterator[str]:
    """The sentences that an error is made of, though they are in no catalogue."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called_name(node) in saying:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            found = [text for value in values for text in sentences_in(value)]
            yield from (f"line {node.lineno}: {text}" for text in found)


def called_name(call: ast.Call) -> str:
    """`f` of `f()` and of `x.f()`."""
    func = call.func
    return getattr(func, "id", "") or getattr(func, "attr", "")


def sentences_in(node: ast.expr) -> Iterator[str]:
    """Texts of several words, and parts of them, that no `N_` marks."""
    if isinstance(node, ast.Call):
        # What another call makes is said there.
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if WORDS.search(node.value):
            yield node.value
        return
    if isinstance(node, ast.Attribute) and node.attr in {"message", "fix"}:
        yield ast.unparse(node)
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.expr):
            yield from sentences_in(inner)


def used_kinds(tree: ast.Module) -> Iterator[str]:
    """The names that a module imports or reads from another one, or reads if it declares them."""
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names)
            case ast.Attribute(attr=name):
                yield name
            case ast.Name(id=name) if name in own:
                yield name


@cache
def modules() -> Mapping[str, ast.Module]:
    """Every module of the program by its path."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PROGRAM.rglob("*.py"))
    }


def test_no_code_compares_searches_or_takes_apart_a_sentence() -> None:
    found = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in modules().items()
        for node in looks_into_sentences(tree)
        if ALLOWED.get(path, ("", ""))[0] != ast.unparse(node)
    ]

    assert found == []


def test_what_is_allowed_to_look_into_a_sentence_still_does() -> None:
    gone = [
        path
        for path, (code, _) in ALLOWED.items()
        if code not in {ast.unparse(node) for node in looks_into_sentences(modules()[path])}
    ]

    assert gone == []


def test_a_reason_is_declared_with_the_values_that_its_sentence_names() -> None:
    """mypy compares each call with these."""
    wrong = {
        name: f"{parameters} for {places(kind)}"
        for name, (kind, args) in declared().items()
        if (
            parameters := sorted(
                one.arg
                for one, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
                if default is None
            )
        )
        != places(kind)
        or args.args
    }

    assert len(declared()) == len(kinds())
    assert wrong == {}


def test_the_code_of_a_reason_is_its_name_unless_it_says_too_little() -> None:
    others = {name: kind.code for name, (kind, _) in declared().items() if kind.code != name}

    assert set(others.values()) == {
        "if", "inputs", "template", "expression", "internal", "late", "quoted", "quoted_with_fix",
    }  # fmt: skip


def test_no_error_has_its_sentence_outside_of_the_catalogue() -> None:
    found = [
        f"{path} {said}" for path, tree in modules().items() for said in raw_sentences(tree, SAYING)
    ]

    assert found == []


def test_every_kind_of_reason_is_used() -> None:
    used = {name for tree in modules().values() for name in used_kinds(tree)}

    assert sorted(declared().keys() - used - {"quotation", "quoted_advice"}) == []


@pytest.mark.parametrize(
    "code",
    [
        'run.reason.startswith("waiting: ")',
        'run.reason == "interrupted"',
        '"over b" in error.message',
        "attempt.summary in KNOWN",
        're.match("once: (.*)", attempt.summary)',
        "_LINE.fullmatch(row.last_summary)",
        'run["reason"].partition(": ")',
        "run.reason[7:]",
        'attempts.c.summary.like("%budget")',
        "text(\"UPDATE runs SET state = 3 WHERE reason LIKE 'x%'\")",
        'str(run.because).split(";")',
    ],
)
def test_a_look_into_a_sentence_is_found(code: str) -> None:
    assert len(list(looks_into_sentences(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'run.reason.code == "interrupted"',
        "run.reason is None",
        "run.reason.code in KNOWN",
        "print(attempt.summary)",
        'attempt.summary != ""',
        're.match("x", event.text)',
    ],
)
def test_what_reads_no_sentence_is_let_be(code: str) -> None:
    assert list(looks_into_sentences(ast.parse(code))) == []


@pytest.mark.parametrize(
    "code",
    [
        'raise PermanentError("nobody to write to")',
        'raise PermanentError(f"{name} has no token")',
        'raise PermanentError(said(), fix="Give it a text.")',
        'raise PermanentError("is gone" if x else gone(told=told))',
        "raise RetryableError(error.message)",
        'Reason("x", {"because": quoted("two words")})',
    ],
)
def test_a_sentence_that_is_in_no_catalogue_is_found(code: str) -> None:
    assert len(list(raw_sentences(ast.parse(code), SAYING))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "raise PermanentError(no_token(connection=name), code='no_token')",
        'raise PermanentError(N_("there is no {x}"), x=1)',
        "raise RetryableError(error.reason)",
        "quoted(said)",
        'raise KeyError("of the program itself")',
        'raise UsageError(N_("a role is needed"), fix=N_("viewer or admin."))',
    ],
)
def test_what_others_or_the_catalogue_say_is_let_be(code: str) -> None:
    assert list(raw_sentences(ast.parse(code), SAYING)) == []
