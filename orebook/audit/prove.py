"""The whole proof: chains, readings, intake files, acts, every published settlement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orebook.audit.act_proof import act_breaches, time_breaches
from orebook.audit.dossiers import dossiers
from orebook.audit.intake_proof import changed_files, told_by_file
from orebook.audit.settlement_proof import SettlementProof, prove_settlement
from orebook.errors import OrebookError
from orebook.store.verify import Breach, Verification

if TYPE_CHECKING:
    from orebook.chain.chain import Chain
    from orebook.process.network import Network
    from orebook.store.store import Store

__all__ = ["Proof", "prove"]

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether all is as kept, and every published number follows from it.

    Parameters
    ----------
    chains : Verification
        The hash chains of the records.
    sealed, unsealed, readings : int
        Intake files whose readings have a seal; taken in before there were seals;
        readings found as sealed [-].
    acts : int
        Acts of the workflow [-].
    settlements : tuple of SettlementProof
        One for each frozen settlement.
    breaches : tuple of Breach
        All that does not agree, the chains first.
    """

    chains: Verification
    sealed: int
    unsealed: int
    readings: int
    acts: int
    settlements: tuple[SettlementProof, ...]
    breaches: tuple[Breach, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.breaches

    def summary(self) -> str:
        """Return the proof in a few lines of text."""
        if not self.sound:
            told = [f"{b}." for b in self.breaches]
            return "\n".join([f"Book {self.chains.book}: NOT as kept.", *told])
        lines = [
            self.chains.summary(),
            f"{self.readings} readings of {self.sealed} intake files are as sealed"
            + (f"; {self.unsealed} files have no seal." if self.unsealed else "."),
        ]
        for s in self.settlements:
            how = "the same hash" if s.exact else "rounding of the last digits apart"
            lines.append(
                f"Settlement {s.period} {s.scheme} ({s.stage}): {s.amount} CNY derived "
                f"again from plan, close, prices and scheme; facts: {how}."
            )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return plain values under stable names."""
        first = self.breaches[0] if self.breaches else None
        return self.chains.to_dict() | {
            "breach": None if first is None else asdict(first),
            "breaches": [asdict(b) for b in self.breaches],
            "sealed": self.sealed,
            "unsealed": self.unsealed,
            "readings": self.readings,
            "acts": self.acts,
            "settlements": [s.to_dict() for s in self.settlements],
        }


def prove(
    folder: Path,
    chain: Chain,
    network: Network,
    store: Store,
    *,
    derive: bool = True,
    progress: Progress | None = None,
) -> Proof:
    """Prove that nothing kept was changed and every published number follows from it.

    Parameters
    ----------
    folder : Path
        Folder of the book.
    chain, network : Chain, Network
        The book.
    store : Store
        Its store.
    derive : bool
        Whether to derive the frozen settlements again; the hashes alone otherwise.
    progress : callable, optional
        Called with (step, share done).

    Returns
    -------
    Proof
        With everything that does not agree.
    """
    say = progress or (lambda step, share: None)
    say("chains", 0.0)
    chains = store.records.verify()
    say("readings", 0.1)
    sealed = store.verify_readings()
    found = [chains.breach, told_by_file(sealed, folder, store, chain, network)]
    found += changed_files(folder, store, chain, network)
    acts, proofs, breach = _workflow(store, derive, say)
    found += [*breach, *(p.breach for p in proofs)]
    return Proof(
        chains=chains,
        sealed=sealed.sealed,
        unsealed=sealed.unsealed,
        readings=sealed.rows,
        acts=acts,
        settlements=proofs,
        breaches=tuple(b for b in found if b is not None),
    )


def _workflow(
    store: Store, derive: bool, say: Progress
) -> tuple[int, tuple[SettlementProof, ...], list[Breach]]:
    """Return the number of acts [-], settlements proved, what is wrong with acts."""
    records = store.records
    try:
        kept = dossiers(records)
        wrong = [b for d in kept for b in act_breaches(d)]
        wrong += time_breaches(records, kept, records.audit_trail())
        frozen = [d for d in kept if d.period and d.basis] if derive else []
    except (OrebookError, KeyError, ValueError) as error:
        unread = Breach("acts of the workflow", "they cannot be read", "acts as kept",
                        str(error), "content")  # fmt: skip
        return 0, (), [unread]
    proofs = []
    for k, dossier in enumerate(frozen):
        say(f"derive {dossier.period} {dossier.scheme}", 0.2 + 0.8 * k / len(frozen))
        proofs.append(prove_settlement(records, dossier))
    return sum(len(d.acts) for d in kept), tuple(proofs), wrong
