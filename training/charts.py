"""Charts as SVG text, drawn the same from the same numbers.

Each has a title that a screen reader speaks; the numbers themselves stand beside it as a table
(`page.figure`). Series differ by dashes and marks as well as by colour.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from html import escape

import matplotlib

matplotlib.use("svg")

from matplotlib.figure import Figure as Canvas  # noqa: E402

from training.assessment import Bin, Curve  # noqa: E402
from training.metrics import Figure  # noqa: E402

_SIZE = (4.6, 3.4)  # inches; about a phone's width at 72 to the inch, so that text stays readable
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_DASHES = ("-", "--", "-.", ":")
_MARKS = "osD^vPX"
_RULES = {
    "svg.fonttype": "none",  # text as text: small files, and a screen can enlarge it
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e7ed",
    "axes.axisbelow": True,
    "axes.prop_cycle": matplotlib.cycler(color=_COLOURS),
}


def curves(title: str, unit: str, lines: Mapping[str, Sequence[float]]) -> str:
    """Values by epoch, one line a name."""

    def draw(axes) -> None:
        for place, (name, values) in enumerate(lines.items()):
            epochs = range(1, len(values) + 1)
            mark = _MARKS[place] if len(values) < 40 else ""
            axes.plot(epochs, values, _style(place), marker=mark, markersize=4, label=name)
        axes.set_xlabel("Epoch")
        axes.set_ylabel(unit)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)

    return _drawn(title, draw)


def roc(title: str, curve: Curve, points: Mapping[str, tuple[float, float]]) -> str:
    """The curve with operating points: name -> (sensitivity, specificity)."""

    def draw(axes) -> None:
        axes.plot([0, 1], [0, 1], color="#8a93a1", linestyle=":", linewidth=1)
        axes.plot(curve.false_positives, curve.sensitivity, linewidth=1.8)
        for place, (name, (sensitivity, specificity)) in enumerate(points.items(), start=1):
            axes.plot(
                1 - specificity,
                sensitivity,
                _MARKS[place % len(_MARKS)],
                color=_COLOURS[place % len(_COLOURS)],
                markersize=7,
                label=name,
            )
        axes.set_xlabel("False positives (1 − specificity)")
        axes.set_ylabel("Sensitivity")
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(-0.01, 1.03)
        if points:
            axes.legend(frameon=False, loc="lower right")

    return _drawn(title, draw)


def reliability(title: str, bins: Sequence[Bin]) -> str:
    """How often the first answer is right, by how sure the network was."""
    filled = [one for one in bins if one.photos and one.correct.known]

    def draw(axes) -> None:
        axes.plot([0, 1], [0, 1], color="#8a93a1", linestyle=":", linewidth=1, label="Perfect")
        axes.errorbar(
            [one.confidence for one in filled],
            [one.correct.value for one in filled],
            yerr=[[_length(one.correct)[side] for one in filled] for side in (0, 1)],
            fmt="o-",
            markersize=5,
            capsize=3,
            label="Measured, 95% interval",
        )
        axes.set_xlabel("Confidence of the first answer")
        axes.set_ylabel("Part that is right")
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.02)
        axes.legend(frameon=False, loc="upper left")

    return _drawn(title, draw)


def intervals(
    title: str, unit: str, figures: Mapping[str, Figure], lines: Mapping[str, float] | None = None
) -> str:
    """A point with its 95 % interval for each name, and named lines to compare with."""
    known = {name: figure for name, figure in figures.items() if figure.known}

    def draw(axes) -> None:
        places = range(len(known), 0, -1)
        axes.errorbar(
            [figure.value for figure in known.values()],
            list(places),
            xerr=[[_length(figure)[side] for figure in known.values()] for side in (0, 1)],
            fmt="o",
            capsize=3,
        )
        for place, (name, value) in enumerate((lines or {}).items(), start=1):
            axes.axvline(value, color=_COLOURS[place], linestyle=_style(place), label=name)
        axes.set_yticks(list(places), list(known))
        axes.set_ylim(0.4, len(known) + 0.6)
        axes.set_xlabel(unit)
        axes.grid(axis="y", visible=False)
        if lines:
            axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2))

    return _drawn(title, draw, height=1.3 + 0.32 * len(known) + 0.25 * len(lines or {}))


def _length(figure: Figure) -> tuple[float, float]:
    """Of the two halves of the interval; none where it isn't known."""
    if not (figure.low <= figure.value <= figure.high):
        return max(0.0, figure.value - figure.low), max(0.0, figure.high - figure.value)
    return figure.value - figure.low, figure.high - figure.value


def _style(place: int) -> str:
    return _DASHES[place % len(_DASHES)]


def _drawn(title: str, draw, height: float = _SIZE[1]) -> str:
    with matplotlib.rc_context({**_RULES, "svg.hashsalt": title}):
        canvas = Canvas(figsize=(_SIZE[0], height), layout="constrained")
        draw(canvas.subplots())
        stream = io.StringIO()
        canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return _inlined(stream.getvalue(), title)


def _inlined(svg: str, title: str) -> str:
    """Without the file's prologue and fixed size, with a name for screen readers."""
    body = svg[svg.index("<svg") :]
    opening, rest = body.split(">", 1)
    box = opening[opening.index("viewBox=") :].split('"')[1]
    rest = re.sub(r'<g id="[^"]*">', "<g>", rest)  # the same in every chart: not for one page
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box}" role="img" aria-label="{escape(title)}">{rest.strip()}'
    )
