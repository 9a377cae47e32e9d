"""Fill the generated parts of the pages while the documentation is built.

A page holds a mark ``<!-- generated: NAME -->``; what stands there is made from the
program itself, so that it cannot differ from it. A mark nobody knows stops the build.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REPORT_PAGE = "report.md"
MARK = re.compile(r"<!-- generated: ([\w-]+)(?: ([\w./-]+))? -->")

#: Mark, and the function in docs/generate that fills it.
FILLS = {
    "book-files": "book:files",
    "book-tables": "book:tables",
    "scheme-tables": "book:schemes",
    "peer-columns": "book:peers",
    "series-header": "book:series",
    "price-map": "book:price_map",
    "kinds": "kinds:kinds",
    "recipe": "kinds:recipe",
    "commands": "commands:commands",
    "json-fields": "commands:json_fields",
    "intake-columns": "words:intake_columns",
    "incident-kinds": "words:incident_kinds",
    "meter-types": "words:meter_types",
    "glossary": "words:glossary",
    "validation": "tables:validation",
    "benchmarks": "tables:benchmarks",
}


def fill(markdown: str) -> str:
    """Return a page with every mark replaced by what it stands for.

    Parameters
    ----------
    markdown : str
        Text of the page.

    Returns
    -------
    str
        Text without marks.

    Raises
    ------
    KeyError
        If a mark has a name nobody knows.
    """
    return MARK.sub(lambda found: _filled(found[1]), markdown)


def _filled(name: str) -> str:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    module, _, function = FILLS[name].partition(":")
    make: Callable[[], str] = getattr(
        import_module(f"docs.generate.{module}"), function
    )
    return make()


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill the marks of a page; called by mkdocs."""
    return fill(markdown)
