"""orebook: the open management system of an integrated metals group."""

from __future__ import annotations

__version__ = "0.1.0"
