"""The statement each team is given when a settlement is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orebook.glossary import Lang
from orebook.report.table import Said
from orebook.report.words import both
from orebook.report.workflow import Posts
from orebook.reward.workflow.asked import inquiry_until
from orebook.reward.workflow.dossier import Dossier

if TYPE_CHECKING:
    from orebook.chain.chain import Chain

__all__ = ["statement", "write_statements"]

LANGS: tuple[Lang, ...] = ("zh", "en")


def write_statements(
    folder: Path,
    teams: Sequence[Mapping[str, Any]],
    dossier: Dossier,
    chain: Chain,
) -> tuple[Path, ...]:
    """Write the statement of each team as a text file in both languages.

    Parameters
    ----------
    folder : Path
        Where to; made if need be.
    teams : sequence of mapping
        Teams of the settlement as frozen.
    dossier : Dossier
        Of the published settlement.
    chain : Chain
        The book.

    Returns
    -------
    tuple of Path
        One file for each team, ``PERIOD-SCHEME-TEAM.txt``.
    """
    from orebook.report.write import put

    until = inquiry_until(dossier, chain.deadlines)
    posts = Posts(chain)
    stem = f"{dossier.period}-{dossier.scheme}"
    written = []
    for team in teams:
        texts = [statement(team, dossier, posts, str(until), lang) for lang in LANGS]
        path = folder / f"{stem}-{team['team']}.txt"
        written.append(put(path, "\n\n".join(texts).encode()))
    return tuple(written)


def statement(
    team: Mapping[str, Any], dossier: Dossier, posts: Posts, until: str, lang: Lang
) -> str:
    """Return the statement of one team: amounts, every number, deadline, hashes.

    Parameters
    ----------
    team : mapping
        The team as frozen.
    dossier : Dossier
        Of the published settlement.
    posts : Posts
        Names of people and centres.
    until : str
        Last day of inquiry, ISO 8601.
    lang : {"zh", "en"}
        Language.
    """
    act = dossier.last("settlement", "publish")
    hashes = {} if act is None else act.details
    name, period = str(team["team"]), dossier.period
    lines: list[Said] = [
        both("wf_statement", team=posts.centre(name), period=period),
        both("wf_statement_money", amount=team["amount"], now=team["paid"],
             later=team["deferred"], held=team["held"]),
        *_tree(team["explanation"], 0),
        both("wf_statement_until", day=until, period=period, scheme=dossier.scheme,
             team=name),
        both("wf_statement_hash", hash=hashes["statements"][name],
             whole=hashes["settlement_hash"]),
    ]  # fmt: skip
    return "\n".join(line.in_(lang) for line in lines)


def _tree(node: Mapping[str, Any], depth: int) -> list[Said]:
    unit = "" if node["unit"] == "-" else f" {node['unit']}"
    proof = ", ".join(node["evidence"][:3])
    more = len(node["evidence"]) - 3
    rest = f" (+{more})" if more > 0 else ""
    end = f": {node['value']:,.10g}{unit}" + (f"  [{proof}{rest}]" if proof else "")
    head = "  " * (depth + 1)
    line = Said(f"{head}{node['label_zh']}{end}", f"{head}{node['label']}{end}")
    return [line, *(row for c in node["children"] for row in _tree(c, depth + 1))]
