"""`orebook variance`: plan to actual from the group to the reading, in two ways."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.errors import InputError

if TYPE_CHECKING:
    from orebook.evaluate.drill import Node
    from orebook.evaluate.energy import Change
    from orebook.report.names import Names

__all__ = ["variance"]

LANG = click.Choice(["zh", "en"])


@click.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("period")
@click.option("--of", "name", help="Only this centre, unit or contract.")
@click.option("--depth", default=4, show_default=True, help="Levels below it.")
@click.option("--top", default=5, show_default=True, help="Parts shown at each level.")
@click.option("--energy", is_flag=True, help="Split energy used instead, by LMDI.")
@click.option("--carbon", is_flag=True, help="Split CO2 instead, by LMDI.")
@click.option("--against", help="A closed month to compare with instead of the plan.")
@click.option("--lang", type=LANG, default="zh", show_default=True, help="Of the text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, stable names.")
def variance(
    book: Path, period: str, name: str | None, depth: int, top: int, energy: bool,
    carbon: bool, against: str | None, lang: str, as_json: bool,
) -> None:  # fmt: skip
    """Open the variance of a closed month, order-free and classic side by side.

    Example: orebook variance examples/guangxi 2026-05 --of sc-refinery --lang en
    """
    from orebook.book import open_book
    from orebook.output import dumps, progress

    if energy and carbon:
        raise click.UsageError("give --energy or --carbon, not both")
    if against and not (energy or carbon):
        raise click.UsageError("--against goes with --energy or --carbon")
    quiet = as_json or not sys.stderr.isatty()
    with open_book(book) as opened, progress(quiet=quiet) as say:
        result = opened.result(period, progress=say)
        if energy or carbon:
            base = opened.result(against, progress=say) if against else None
            from orebook.evaluate.energy import energy_change

            change = energy_change(
                result.plan.network_of(0),
                base=result.plan.month(0) if base is None else base.closed.month(),
                actual=result.closed.month(),
                emission="co2" if carbon else None,
                within=name,
            )
            data: dict[str, object] = {
                "status": "done", "period": period, "against": against or "plan",
                **change.to_dict(),
            }  # fmt: skip
            click.echo(dumps(data) if as_json else _changed(change, data, lang))
            return
        from orebook.report.names import Names

        root = result.drill()
        node = root if name is None else root.find(name)
        names = Names(result.plan.network)
    if node is None:
        raise _unknown(str(name), root, known=name in result.plan.network.chain.centre)
    data = {"status": "done", "period": period, "tree": node.to_dict(depth)}
    click.echo(dumps(data) if as_json else _text(node, names, depth, top, lang))


def _unknown(name: str, root: Node, *, known: bool) -> InputError:
    from orebook.chain.nearest import did_you_mean, listed

    if known:
        return InputError(f"'{name}' shows no variance in the month")
    there = sorted({n.name for _, n in root.walk() if n.kind in {"centre", "subject"}})
    return InputError(
        f"nothing called '{name}' shows a variance; expected one of {listed(there)}; "
        f"{did_you_mean(name, there, 'correct the name')}"
    )


def _text(node: Node, names: Names, depth: int, top: int, lang: str) -> str:
    head = {
        "zh": "金额（元）：与顺序无关 | 传统法 | 重分配的联合项",
        "en": "CNY: order-free | classic | joint term moved",
    }[lang]
    return "\n".join([head, *_lines(node, names, depth, top, lang, 0)])


def _lines(
    node: Node, names: Names, depth: int, top: int, lang: str, level: int
) -> list[str]:
    from orebook.report.drill import name_of

    said = name_of(node, names)
    read = f"  [{', '.join(node.readings)}]" if node.readings else ""
    doubt = f" ±{node.doubt:,.0f}" if node.doubt >= 0.5 else ""
    lines = [
        f"{'  ' * level}{getattr(said, lang)}: {node.amount:+,.2f}{doubt} | "
        f"{node.classic:+,.2f} | {node.joint:+,.2f}{read}"
    ]
    shown = node.children if depth > 0 else ()
    for child in shown[:top]:
        lines += _lines(child, names, depth - 1, top, lang, level + 1)
    rest = shown[top:]
    if rest:
        money = sum(c.amount for c in rest)
        word = {"zh": "其余", "en": "others"}[lang]
        lines.append(f"{'  ' * (level + 1)}({word} {len(rest)}: {money:+,.2f})")
    return lines


def _changed(change: Change, data: dict[str, object], lang: str) -> str:
    words = {
        "zh": {"activity": "产量", "structure": "结构", "intensity": "单耗",
               "carrier": "品种", "factor": "排放因子"},
        "en": {"activity": "activity", "structure": "structure",
               "intensity": "intensity", "carrier": "mix of carriers",
               "factor": "emission factor"},
    }[lang]  # fmt: skip
    lines = [
        f"{data['period']} / {data['against']}: {change.base:,.1f} -> "
        f"{change.actual:,.1f} {change.unit} ({change.actual - change.base:+,.1f})"
    ]
    lines += [
        f"  {words[k]}: {v:+,.1f} {change.unit}"
        + (f" (x {change.index[k]:.4f})" if change.index else "")
        for k, v in change.effects.items()
    ]
    for row in change.rows[:10]:
        parts = ", ".join(f"{words[k]} {v:+,.1f}" for k, v in row.effects.items())
        lines.append(f"  {row.unit}: {row.actual - row.base:+,.1f} ({parts})")
    return "\n".join(lines)
