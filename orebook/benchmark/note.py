"""Short texts a benchmark gives with its figures, in both languages."""

from __future__ import annotations

from typing import NamedTuple

from orebook.glossary import Lang

__all__ = ["NONE", "Note"]


class Note(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        """Return the text in one language.

        Examples
        --------
        >>> Note("计划", "plan").in_("zh")
        '计划'
        """
        return self.zh if lang == "zh" else self.en

    def then(self, other: Note) -> Note:
        """Return this text and another after it.

        Examples
        --------
        >>> Note("甲", "a").then(Note("乙", "b"))
        Note(zh='甲；乙', en='a; b')
        """
        return Note(f"{self.zh}；{other.zh}", f"{self.en}; {other.en}")

    @staticmethod
    def same(text: str) -> Note:
        """Return a text that is the same in both languages: a name, a source."""
        return Note(text, text)


NONE = Note("", "")
