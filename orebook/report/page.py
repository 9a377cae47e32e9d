"""The page: one self-contained HTML file that opens in either language and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from orebook.glossary import Lang, check_lang
from orebook.report.month_result import MonthResult
from orebook.report.sections import chapters
from orebook.report.show import Shown, head, row_cells
from orebook.report.table import (
    Block,
    Facts,
    Fold,
    Picture,
    Row,
    Said,
    Section,
    Table,
    Tree,
)
from orebook.report.words import both
from orebook.reward.explain import Node

if TYPE_CHECKING:
    from jinja2 import Template

LANGS: tuple[Lang, ...] = ("zh", "en")
HTML_LANG = {"zh": "zh-CN", "en": "en"}
_FOLDER = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Edition:
    """The report in one language, ready for the template."""

    lang: Lang
    sections: tuple[Section, ...]
    title: str
    footer: str
    flags: tuple[str, ...]

    def say(self, key: str) -> str:
        """Return a word of the report."""
        return both(key).in_(self.lang)

    def text(self, said: Said) -> str:
        """Return a text in this language."""
        return said.in_(self.lang)

    def heads(self, table: Table) -> list[Shown]:
        """Return the heads of a table."""
        return [
            Shown(head(c, self.lang), "n" if c.numeric else "") for c in table.columns
        ]

    def rows(self, table: Table) -> str:
        """Return the rows that stand on the page, as HTML.

        The many rows of a report are written here and not in the template: it takes a
        third of the time.
        """
        return "\n".join(
            _row(row, row_cells(table, row, self.lang), self.lang)
            for row in table.shown
        )

    def drawings(self, picture: Picture) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the pictures of each width: style and (title, SVG)."""
        styles = ("scroll",) if len(picture.widths) == 1 else ("wide", "narrow")
        widths = picture.widths
        if picture.printed is not None:
            styles, widths = (*styles, "paper"), (*widths, picture.printed)
        return [
            (style, [(d.title, _unique(d.svg, f"{self.lang}{style[0]}"))
                     for d in picture.draw(self.lang, width)])
            for style, width in zip(styles, widths, strict=True)
        ]  # fmt: skip

    def node(self, node: Node) -> tuple[str, str, str]:
        """Return label, value and rule of a number of an explanation."""
        label = node.label_zh if self.lang == "zh" else node.label
        return (
            label,
            _value(node, self.lang),
            self.say(f"op_{node.operation}") if (node.operation) else "",
        )


def _row(row: Row, cells: Sequence[Shown], lang: Lang) -> str:
    style = " ".join(filter(None, (row.style, f"l{row.level}" if row.level else "")))
    mark = f' class="{style}"' if style else ""
    if row.anchor:
        mark += f' id="{lang}s{row.anchor}"'
    first, *rest = cells
    name = escape(first.text)
    if row.back:
        name = f'<a href="#{lang}s{row.back}">{name}</a>'
    body = "".join(
        f'<td class="{c.style}">{escape(c.text)}</td>' if c.style
        else f"<td>{escape(c.text)}</td>"
        for c in rest
    )  # fmt: skip
    return f'<tr{mark}><th scope="row">{name}</th>{body}</tr>'


def _value(node: Node, lang: Lang) -> str:
    from orebook.glossary import format_money, format_number

    if node.unit == "CNY":
        return format_money(node.value, lang=lang)
    return format_number(node.value, node.unit, lang=lang)


def _unique(svg: str, mark: str) -> str:
    """Return a picture whose ids no other edition of the page shares."""
    for place in ('id="', "url(#", 'aria-labelledby="', 'href="#'):
        svg = svg.replace(place, f"{place}{mark}")
    return svg


def page(result: MonthResult, lang: str = "zh") -> str:
    """Return the report of a month as one HTML file.

    Parameters
    ----------
    result : MonthResult
        The month.
    lang : {"zh", "en"}
        Language it opens in; both are in the file.

    Returns
    -------
    str
        HTML without any link to elsewhere; the same month gives the same text.

    Raises
    ------
    InputError
        Another language is asked for.
    """
    return render(result, chapters(result), check_lang(lang))


def render(result: MonthResult, sections: tuple[Section, ...], lang: Lang) -> str:
    """Return the page of chapters already made.

    Parameters
    ----------
    result : MonthResult
        The month, for title and footer.
    sections : tuple of Section
        The chapters.
    lang : Lang
        Language the page opens in.
    """
    editions = [_edition(result, sections, code) for code in LANGS]
    return render_editions(editions, lang)


def render_editions(editions: Sequence[Edition], lang: Lang) -> str:
    """Return the page of editions in all languages.

    Parameters
    ----------
    editions : sequence of Edition
        The same chapters in each language.
    lang : Lang
        Language the page opens in.
    """
    style = (_FOLDER / "style.css").read_text(encoding="utf-8")
    opened = next(e for e in editions if e.lang == lang)
    return _template().render(
        editions=editions, opened=opened, style=style, html_lang=HTML_LANG, kind=kind
    )


def _edition(result: MonthResult, sections: tuple[Section, ...], lang: Lang) -> Edition:
    group = result.plan.network.chain.group
    name = Said(group.name, group.name_en)
    marks = (
        ("flag_simulated", result.closed.simulated),
        ("flag_illustrative", group.illustrative),
    )
    title = both("report_title", group=name, period=result.closed.period)
    footer = both(
        "footer",
        group=name,
        period=result.closed.period,
        version=str(result.close_version),
        hash=result.close_hash[:16],
    )
    flags = tuple(both(key).in_(lang) for key, is_set in marks if is_set)
    return Edition(lang, sections, title.in_(lang), footer.in_(lang), flags)


KINDS: dict[type[Block], str] = {
    Said: "said", Table: "table", Picture: "picture", Facts: "facts", Tree: "tree",
    Fold: "fold",
}  # fmt: skip


def kind(block: Block) -> str:
    """Return the name of a block's kind, by which the template chooses."""
    return KINDS[type(block)]


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
