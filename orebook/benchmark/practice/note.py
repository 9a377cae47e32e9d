"""What the user should know, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Note"]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence in Chinese and in English."""

    zh: str
    en: str
