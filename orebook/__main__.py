"""``python -m orebook`` is the command ``orebook``."""

from __future__ import annotations

from orebook.cli import main

if __name__ == "__main__":
    main(prog_name="orebook")
