"""Acts on a scheme: draft, simulate, approve, reject, activate, retire."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orebook.audit.desk import Desk, Done, Wish, do
from orebook.audit.dossiers import SCHEME, dossier_of
from orebook.audit.replay import scheme_hash, scheme_text
from orebook.errors import InputError
from orebook.reward.workflow.needs import HASH

if TYPE_CHECKING:
    from orebook.reward.scheme import Scheme
    from orebook.store.records import Records
    from orebook.store.step import Step

__all__ = ["draft", "on_version", "result_named"]

_STATED = re.compile(r'"scheme_hash"\s*:\s*"([0-9a-f]{64})"')


def draft(desk: Desk, scheme: Scheme, file: Path, by: str) -> Done:
    """Keep a scheme as a new version, to be simulated and approved.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme : Scheme
        As its file states it now.
    file : Path
        The file; its text is kept beside the scheme.
    by : str
        The author.

    Raises
    ------
    InputError
        If the scheme says nothing that its last version does not say.
    """
    text = scheme.model_dump_json()
    kept = desk.records.documents(SCHEME, "", key=scheme.id)
    known = bool(kept) and scheme_text(kept[-1]) == text
    content = {
        "scheme": text,
        "file": file.name,
        "toml": file.read_text(encoding="utf-8"),
    }

    def keep(step: Step) -> None:
        if not known:
            step.put(SCHEME, "", content, key=scheme.id, reason=f"drafted by {by}")

    details: dict[str, Any] = {
        "scheme_hash": scheme_hash(text),
        "file": file.name,
        "valid_from": scheme.valid_from.isoformat(),
        "valid_to": scheme.valid_to.isoformat(),
        "teams": [team.id for team in scheme.teams],
    }
    teams = frozenset(team.id for team in scheme.teams)
    version = len(kept) + (0 if known else 1)
    return do(desk, Wish(by, "scheme", "draft", scheme.id, item=version,
                         details=details, keep=keep, teams=teams))  # fmt: skip


def on_version(
    desk: Desk,
    scheme: str,
    action: str,
    by: str,
    *,
    version: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> Done:
    """Act on a version of a scheme that was drafted.

    Parameters
    ----------
    desk : Desk
        The book.
    scheme : str
        Scheme.
    action, by : str
        What is done, by whom.
    version : int, optional
        Which; the last otherwise, to retire the last in force [-].
    details : mapping, optional
        What belongs to the act.

    Raises
    ------
    InputError
        If nothing was drafted, or the act is not allowed.
    """
    dossier = dossier_of(desk.records, scheme)
    versions = dossier.items("scheme")
    if not versions:
        raise InputError(
            f"nothing of scheme {scheme} was drafted yet; run: orebook scheme draft "
            f"BOOK {scheme} --by PERSON"
        )
    ruling = dossier.in_state("scheme", "in force") if action == "retire" else ()
    item = version if version is not None else (ruling or versions)[-1]
    if item not in versions:
        raise InputError(
            f"scheme {scheme} has no version {item}; expected one of "
            f"{', '.join(map(str, versions))}"
        )
    drafted = dossier.last("scheme", "draft", item)
    stated = {} if drafted is None else {"scheme_hash": drafted.details["scheme_hash"]}
    return do(desk, Wish(by, "scheme", action, scheme, item=item,
                         details={**stated, **(details or {})}))  # fmt: skip


def result_named(records: Records, text: str, version_hash: str) -> dict[str, Any]:
    """Return the result of a simulation as an act names it.

    Parameters
    ----------
    records : Records
        Of the book.
    text : str
        A file, or the hash of a document that is kept.
    version_hash : str
        Hash of the scheme simulated; a file that states another is refused.

    Raises
    ------
    InputError
        If there is neither such a file nor such a document, or it is of another scheme.

    Notes
    -----
    Any document will do; a file that names the hash of the scheme it is about
    (``"scheme_hash": "..."``) is held to it.
    """
    path = Path(text)
    if not HASH.match(text):
        if not path.is_file():
            raise InputError(
                f"--result {text}: no such file; expected the file of a simulation, or "
                "the hash of a kept document of 64 digits"
            )
        raw = path.read_bytes()
        stated = _STATED.findall(raw.decode("utf-8", "replace"))
        if stated and version_hash not in stated:
            raise InputError(
                f"--result {text} is about a scheme of hash {stated[0][:12]}, not "
                f"{version_hash[:12]}; simulate this version"
            )
        return {"result": path.name, "result_hash": sha256(raw).hexdigest()}
    found = [d for d in records.documents() if text in (d.content_hash, d.chain_hash)]
    if not found:
        raise InputError(f"--result {text}: no kept document has this hash")
    return {"result": found[-1].name, "result_hash": text}
