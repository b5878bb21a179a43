"""The files that come with the package: pages, static files, example rules, samples, migrations.

In a checkout these are `web/` and `rules/demo/` beside the package; a wheel has them inside the
package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(inside_wheel: str, in_checkout: str) -> Path:
    installed = _PACKAGE / inside_wheel
    return installed if installed.is_dir() else _PACKAGE.parent / in_checkout


def templates_folder() -> Path:
    """The Jinja2 templates of the pages."""
    return _shipped("_web/templates", "web/templates")


#: The subfolder of a checkout's rules folder with the example rules, which servers ignore.
DEMO_FOLDER = "demo"


def static_folder() -> Path:
    """Style sheets, scripts and icons."""
    return _shipped("_web/static", "web/static")


def locale_folder() -> Path:
    """The texts of the pages in other languages."""
    return _shipped("_web/locale", "web/locale")


def example_rules_folder() -> Path:
    """The rule files that the demo starts with."""
    return _shipped("_rules", "rules/demo")


def samples_folder() -> Path:
    """Realistic payloads for each provider."""
    return _PACKAGE / "providers" / "samples"


def migrations_folder() -> Path:
    """The Alembic scripts of the store."""
    return _PACKAGE / "store" / "migrations"
