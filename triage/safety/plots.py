"""The board's plots: SVG that is the same for the same figures, without styles of its own.

Each has a title and a description inside, and on its page a table beside it with every number.
matplotlib is imported on the first plot, not with the portal.
"""

import io
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from triage.safety.board import LEAST, Group
from triage.safety.drift import Drift
from triage.safety.figures import Bin, rate

INK, FIRST, SECOND, GRID = "#22292a", "#0f3f43", "#b0560c", "#d8d4c7"
STYLE = re.compile(r' style="([^"]*)"')
BLOCK = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
WIDTH = 5.2  # inches, at 100 pixels each on a page: letters as large as in its tables


def by_group(title: str, groups: Sequence[Group]) -> str:
    """Sensitivity and specificity with their intervals, a line for each group with enough cases."""
    shown = list(reversed(groups))
    figure, axes = _figure(height=1.1 + 0.5 * len(shown))
    for offset, colour, mark, name, attribute in (
        (0.12, FIRST, "o", _("Sensitivity"), "sensitivity"),
        (-0.12, SECOND, "s", _("Specificity"), "specificity"),
    ):
        rows = [(place, getattr(group, attribute)) for place, group in enumerate(shown)]
        known = [(place, rate) for place, rate in rows if rate.of >= LEAST]
        axes.errorbar(
            [rate.value for _place, rate in known],
            [place + offset for place, _rate in known],
            xerr=[
                [rate.value - rate.low for _place, rate in known],
                [rate.high - rate.value for _place, rate in known],
            ],
            fmt=mark, color=colour, capsize=3, label=name,
        )  # fmt: skip
    axes.set_yticks(range(len(shown)), [_short(group.label) for group in shown])
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda share, _place: f"{share * 100:.0f} %")
    figure.legend(loc="outside upper center", ncols=2)
    return _svg(
        figure, title,
        _("Sensitivity and specificity with 95 %% intervals, for groups of %s cases or more.")
        % LEAST,
    )  # fmt: skip


def _short(label: str) -> str:
    """What stands before the colon; the table beside the plot has the rest."""
    return label.partition(":")[0]


def calibration(title: str, bins: Sequence[Bin]) -> str:
    """What was predicted, and what came true, in ten bins."""
    figure, axes = _figure(height=3.6)
    axes.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1, label=_("Perfect"))
    known = [one for one in bins if one.n]
    rates = [rate(one.positive, one.n) for one in known]
    away = [[one.value - one.low for one in rates], [one.high - one.value for one in rates]]
    axes.errorbar(
        [one.predicted for one in known], [one.observed for one in known], yerr=away,
        marker="o", capsize=3, color=FIRST, label=_("This portal's cases, with intervals"),
    )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel(_("Predicted risk of cancer"))
    axes.set_ylabel(_("Share that were cancers"))
    figure.legend(loc="outside upper center", ncols=2)
    return _svg(figure, title, _("Predicted risk against the share of cancers, in tenths."))


def drift(found: Drift) -> str:
    """The reference beside the newest photos, a pair of bars for each bin."""
    figure, axes = _figure(height=3)
    rows = found.rows
    places = range(len(rows))
    axes.bar([p - 0.2 for p in places], [row[1] for row in rows], 0.4, color=GRID,
             edgecolor=INK, label=_("Reference"))  # fmt: skip
    axes.bar([p + 0.2 for p in places], [row[3] for row in rows], 0.4, color=FIRST,
             label=_("Newest"))  # fmt: skip
    axes.set_xticks(list(places), [row[0] for row in rows], rotation=40, ha="right")
    axes.yaxis.set_major_formatter(lambda share, _place: f"{share * 100:.0f} %")
    figure.legend(loc="outside upper center", ncols=2)
    return _svg(figure, found.label, _("Shares of the reference and of the newest photos, by bin."))


def _figure(*, height: float):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _svg(figure, title: str, description: str) -> str:
    """Without its style sheet and style attributes, which the portal's policy would refuse."""
    import matplotlib

    stream = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": title, "svg.fonttype": "path"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    drawn = stream.getvalue()
    drawn = BLOCK.sub("", drawn[drawn.index("<svg") :])
    drawn = STYLE.sub(lambda found: _attributes(found[1]), drawn)
    words = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    start = drawn.index(">") + 1
    return f'{drawn[: start - 1]} role="img">{words}{drawn[start:]}'


def _attributes(style: str) -> str:
    """Properties of a style attribute as attributes of their own."""
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _colon, value in pairs)
