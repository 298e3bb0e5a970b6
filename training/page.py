"""Building blocks of the reports: one file of plain HTML each, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from training.metrics import Figure

_STYLE = """
:root { color-scheme: light; --ink: #1c2430; --soft: #566070; --line: #d5dae2; --wash: #f4f6f9;
  --accent: #0b5a8f; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; background: #fff; color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .5rem;
  border-top: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p, li { max-width: 46rem; overflow-wrap: anywhere; }
a { color: var(--accent); }
code { font-size: .9em; background: var(--wash); padding: .1em .3em; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.note { border-left: 4px solid #b35900; background: #fff6ec; padding: .5rem .8rem; }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
.scroll:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; font-weight: 600; }
caption span { display: inline-block; position: sticky; left: 0; max-width: calc(100vw - 2rem); }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
thead th { border-bottom: 2px solid var(--soft); vertical-align: bottom; }
tbody th { font-weight: 500; }
th[scope=rowgroup] { background: var(--wash); font-weight: 600; }
td.n, thead th.n { text-align: right; }
td small { color: var(--soft); white-space: nowrap; display: block; }
thead th:first-child { min-width: 5rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
  gap: 1rem 2rem; }
figure { margin: .5rem 0 1rem; min-width: 0; break-inside: avoid; }
figure svg { display: block; width: 100%; max-width: 30rem; height: auto; }
figcaption { font-size: .9rem; color: var(--soft); max-width: 30rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; }
.heat td { text-align: right; }
.heat .diagonal { outline: 2px solid var(--ink); outline-offset: -2px; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } .scroll { overflow: visible; }
  table { font-size: 7.5pt; } th, td { padding: .15rem .3rem; }
  h2 { break-after: avoid; } tr, figure { break-inside: avoid; } nav { display: none; } }
"""
_SHADES = 10  # of the cells of a confusion matrix, from white to blue


@dataclass(frozen=True)
class Markup:
    """HTML that is safe to put into a page as it is."""

    html: str


@dataclass(frozen=True)
class Wide:
    """Words in place of several cells."""

    text: str
    columns: int


Cell = str | int | float | Markup | Wide | None  # None: there is nothing to say
Heading = tuple[str, Sequence[Sequence[Cell]]]  # a group of rows under a name


def document(title: str, lead: Iterable[Markup], sections: Sequence[tuple[str, Markup]]) -> str:
    """A whole page: its title, what comes first, then titled sections with a list of them."""
    names = [f"part-{number}" for number, _ in enumerate(sections, start=1)]
    contents = "".join(
        f'<li><a href="#{name}">{escape(heading)}</a></li>'
        for name, (heading, _) in zip(names, sections, strict=True)
    )
    parts = "".join(
        f'<section><h2 id="{name}">{escape(heading)}</h2>{body.html}</section>'
        for name, (heading, body) in zip(names, sections, strict=True)
    )
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}{_shades()}</style></head><body>"
        f'<a class="skip" href="#main">Skip to the figures</a><header><h1>{escape(title)}</h1>'
        f"{joined(lead).html}</header>"
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav><main id="main">{parts}</main>'
        "</body></html>\n"
    )


def joined(parts: Iterable[Markup]) -> Markup:
    return Markup("".join(part.html for part in parts))


def paragraph(text: str, kind: str = "") -> Markup:
    """``kind``: "soft" for what is said quietly, "note" for what must not be missed."""
    name = f' class="{kind}"' if kind else ""
    return Markup(f"<p{name}>{escape(text)}</p>")


def heading(text: str) -> Markup:
    return Markup(f"<h3>{escape(text)}</h3>")


def items(texts: Iterable[str | Markup]) -> Markup:
    return Markup("<ul>" + "".join(f"<li>{_inner(text)}</li>" for text in texts) + "</ul>")


def code(text: str) -> Markup:
    return Markup(f"<code>{escape(text)}</code>")


def link(text: str, address: str) -> Markup:
    return Markup(f'<a href="{escape(address)}">{escape(text)}</a>')


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]] | Sequence[Heading],
    *,
    text_columns: int = 1,
) -> Markup:
    """A table that scrolls by itself on a narrow screen; the first cell of a row is its heading.

    Columns from ``text_columns`` on hold figures. ``rows`` may come in named groups.
    """
    heads = "".join(
        f'<th scope="col"{_figures(place, text_columns)}>{escape(column)}</th>'
        for place, column in enumerate(columns)
    )
    bodies = []
    for name, group in _grouped(rows):
        title = f'<tr><th scope="rowgroup" colspan="{len(columns)}">{escape(name)}</th></tr>'
        lines = "".join(_row(row, text_columns) for row in group)
        bodies.append(f"<tbody>{title if name else ''}{lines}</tbody>")
    return _scrolling(
        caption,
        f"<table><caption><span>{escape(caption)}</span></caption><thead><tr>{heads}</tr></thead>"
        f"{''.join(bodies)}</table>",
    )


def matrix(
    caption: str, labels: Sequence[str], counts: Sequence[Sequence[int]], *, parts: bool
) -> Markup:
    """A confusion matrix, the truth in rows, shaded by the part of the row.

    ``parts``: show that part in per cent rather than the count.
    """
    heads = "".join(f'<th scope="col" class="n">{escape(label)}</th>' for label in labels)
    lines = []
    for place, (label, row) in enumerate(zip(labels, counts, strict=True)):
        total, cells = sum(row), []
        for column, count in enumerate(row):
            part = count / total if total else 0.0
            shown = (f"{part:.0%}" if total else "–") if parts else str(count)
            diagonal = " diagonal" if column == place else ""
            cells.append(f'<td class="s{round(part * _SHADES)}{diagonal}">{shown}</td>')
        lines.append(
            f'<tr><th scope="row">{escape(label)}</th>{"".join(cells)}<td>{total}</td></tr>'
        )
    return _scrolling(
        caption,
        f'<table class="heat"><caption><span>{escape(caption)}</span></caption><thead><tr>'
        f'<th scope="col">Truth ↓ answer →</th>{heads}<th scope="col" class="n">Photos</th>'
        f"</tr></thead><tbody>{''.join(lines)}</tbody></table>",
    )


def figure(svg: str, caption: str, data: Markup | None = None) -> Markup:
    """A chart (`charts`) with its caption and, folded, the numbers that it shows."""
    numbers = f"<details><summary>The numbers</summary>{data.html}</details>" if data else ""
    return Markup(f"<figure>{svg}<figcaption>{escape(caption)}</figcaption>{numbers}</figure>")


def shown(figure: Figure) -> Cell:
    """A figure with its interval below it; a dash where it can't be known."""
    if not figure.known:
        return None
    value = f"{figure.value:.3f}"
    if not figure.low <= figure.high:
        return value
    return Markup(f"{value}<small>{figure.low:.3f} to {figure.high:.3f}</small>")


def side_by_side(figures: Iterable[Markup]) -> Markup:
    return Markup(f'<div class="charts">{joined(figures).html}</div>')


def _grouped(rows: Sequence) -> Sequence[Heading]:
    named = bool(rows) and len(rows[0]) == 2 and isinstance(rows[0][1], list | tuple)
    return rows if named else [("", rows)]


def _row(row: Sequence[Cell], text_columns: int) -> str:
    first, *others = row
    cells = "".join(
        f'<td class="soft" colspan="{cell.columns}">{escape(cell.text)}</td>'
        if isinstance(cell, Wide)
        else f"<td{_figures(place, text_columns)}>{_inner(cell)}</td>"
        for place, cell in enumerate(others, start=1)
    )
    return f'<tr><th scope="row">{_inner(first)}</th>{cells}</tr>'


def _figures(place: int, text_columns: int) -> str:
    return ' class="n"' if place >= text_columns else ""


def _inner(cell: Cell) -> str:
    if isinstance(cell, Markup):
        return cell.html
    if cell is None:
        return "–"
    return escape(f"{cell:,}" if isinstance(cell, int) else str(cell))


def _scrolling(caption: str, inner: str) -> Markup:
    return Markup(
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}">{inner}'
        "</div>"
    )


def _shades() -> str:
    """From white to a blue on which the page's ink still reads."""
    rules = []
    for shade in range(1, _SHADES + 1):
        part = shade / _SHADES
        red, green, blue = (round(255 + part * (end - 255)) for end in (92, 162, 218))
        rules.append(f".s{shade}{{background:rgb({red},{green},{blue})}}")
    return "".join(rules)
