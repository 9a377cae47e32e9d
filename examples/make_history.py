"""Write twelve months of simulated intake for the example book.

The months chain: the true closing stocks of one are the opening stocks of the next.
One month has an unplanned outage, one a lost-time injury and a hazard closed late, the
last one a planted gross error. Run from the project's folder::

    python examples/make_history.py

The same figures come out each time; every file says that it is simulated.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from make_hours import write_hours

from orebook.chain.calendar import horizon, period
from orebook.chain.plant import Outage
from orebook.chain.read import read_book
from orebook.ledger.month import Incident
from orebook.plan.conditions import conditions
from orebook.plan.make import make_plan
from orebook.process.check import check_units
from orebook.process.network import network
from orebook.simulate.files import simulate_month, write_intake

BOOK = Path(__file__).parent / "guangxi"
FIRST, MONTHS, SEED = "2025-06", 12, 20260531
GROSS_ERROR = {"2026-05": ("PR-BG-006", 0.08)}
OUTAGES = {
    "2026-01": Outage(
        unit="pr-digest-1",
        first=date(2026, 1, 12),
        last=date(2026, 1, 17),
        share=1.0,
        reason="压煮器泄漏抢修 autoclave leak",
    )
}
INCIDENTS = {
    "2026-03": (
        Incident(
            id="I-2026-03-01",
            day="2026-03-09",
            centre="pr-calc-team",
            kind="lost_time_injury",
            text="焙烧炉检修人员手部烫伤 hand burn at the calciner",
            evidence="incidents.csv",
        ),
        Incident(
            id="H-2026-03-02",
            day="2026-03-02",
            centre="sc-line-1-team",
            kind="hazard",
            text="槽控机联锁失效 pot controller interlock out of order",
            evidence="incidents.csv",
            due="2026-03-10",
            closed="2026-03-19",
        ),
    )
}


def main() -> None:
    """Write all months below ``guangxi/intake``."""
    chain = read_book(BOOK, check=check_units)
    net = network(chain)
    opening: dict[str, float] | None = None
    shutil.rmtree(BOOK / "intake", ignore_errors=True)
    for k, month in enumerate(horizon(period(FIRST), MONTHS)):
        known = conditions(
            chain,
            horizon(month, 3),
            known_until=month.previous().month,
            opening=opening,
        )
        outage = OUTAGES.get(month.name)
        made = simulate_month(
            net,
            make_plan(net, known),
            month,
            seed=SEED + k,
            opening=opening,
            gross_error=GROSS_ERROR.get(month.name),
            outages=() if outage is None else (outage,),
            incidents=INCIDENTS.get(month.name, ()),
        )
        write_intake(made, BOOK / "intake" / month.name)
        opening = made.closing
    write_hours(chain, BOOK)


if __name__ == "__main__":
    main()
