"""A study as one self-contained page: chapters as in a report, without a month."""

from __future__ import annotations

from orebook.chain.chain import Chain
from orebook.glossary import check_lang
from orebook.report.page import LANGS, Edition, render_editions
from orebook.report.table import Said, Section
from orebook.report.words import both

__all__ = ["study_page"]


def study_page(
    chain: Chain, title: Said, period: str, sections: tuple[Section, ...], lang: str,
    flags: tuple[str, ...] | None = None,
) -> str:  # fmt: skip
    """Return chapters as one HTML file that holds both languages.

    Parameters
    ----------
    chain : Chain
        The book, for the name of the group.
    title : Said
        What the study is about.
    period : str
        Period it rests on.
    sections : tuple of Section
        The chapters.
    lang : {"zh", "en"}
        Language the page opens in.
    flags : tuple of str, optional
        Keys of what a reader must know of the figures; by the book otherwise.

    Returns
    -------
    str
        HTML without any link to elsewhere; the same study gives the same text.

    Raises
    ------
    InputError
        Another language is asked for.
    """
    group = Said(chain.group.name, chain.group.name_en)
    footer = both("study_footer", group=group, period=period)
    if flags is None:
        flags = ("flag_illustrative",) if chain.group.illustrative else ()
    editions = [
        Edition(
            code,
            sections,
            title.in_(code),
            footer.in_(code),
            tuple(both(key).in_(code) for key in flags),
        )
        for code in LANGS
    ]
    return render_editions(editions, check_lang(lang))
