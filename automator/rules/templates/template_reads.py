"""The paths that a template reads, such as `event.actor.name`, and which of them nothing guards."""

from collections.abc import Iterator

from jinja2 import nodes

from automator.conditions import SCOPE_NAMES

#: Filters and tests that take a value that is not there.
_GUARDS = frozenset({"default", "d"})
_ASKS = frozenset({"defined", "undefined"})


def all_paths_in(tree: nodes.Template) -> tuple[tuple[str, ...], ...]:
    """The paths at the top of the scope, the longest of each."""
    return tuple(dict.fromkeys(_paths(tree, _own_names(tree))))


def unguarded(
    tree: nodes.Template, paths: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    """The paths of a template that must exist, because nothing guards them."""
    own = _own_names(tree)
    guarded: list[tuple[str, ...]] = []
    for filtered in tree.find_all(nodes.Filter):
        if filtered.name in _GUARDS and filtered.node is not None:
            guarded += _paths(filtered.node, own)
    for test in tree.find_all(nodes.Test):
        if test.name in _ASKS:
            guarded += _paths(test.node, own)
    return tuple(names for names in paths if not any(names[: len(one)] == one for one in guarded))


def _own_names(tree: nodes.Template) -> set[str]:
    """The names that a template gives to values itself."""
    return {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}


def _paths(node: nodes.Node, own: set[str]) -> Iterator[tuple[str, ...]]:
    names = _path(node)
    if names is not None:
        if names[0] in SCOPE_NAMES and names[0] not in own:
            yield names
        return
    for child in node.iter_child_nodes():
        yield from _paths(child, own)


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    """The names of `a.b.c`, also written as `a['b'].c`; None for anything else."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return None if before is None else (*before, node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        before = _path(node.node)
        is_name = isinstance(node.arg.value, str)
        return (*before, node.arg.value) if before is not None and is_name else None
    return None
