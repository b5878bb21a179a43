"""The blocks of the pages: Jinja2 shows nothing of a block that the parent does not have."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

FOLDER = Path(__file__).resolve().parents[2] / "web" / "templates"
PARENT = re.compile(r'\{%-?\s*extends\s+"([^"]+)"')
CHILDREN = sorted(
    path for path in FOLDER.glob("*.html") if PARENT.search(path.read_text(encoding="utf-8"))
)


def parsed(path: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def blocks_of_parents(path: Path) -> set[str]:
    extended = PARENT.search(path.read_text(encoding="utf-8"))
    if extended is None:
        return set()
    parent = FOLDER / extended[1]
    return {block.name for block in parsed(parent).find_all(nodes.Block)} | blocks_of_parents(
        parent
    )


def test_most_templates_extend_another() -> None:
    assert len(CHILDREN) > 30


@pytest.mark.parametrize("child", CHILDREN, ids=lambda path: path.stem)
def test_a_template_fills_in_only_blocks_of_its_parents(child: Path) -> None:
    filled = [node.name for node in parsed(child).body if isinstance(node, nodes.Block)]

    assert filled
    assert [name for name in filled if name not in blocks_of_parents(child)] == []
