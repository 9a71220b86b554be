"""The digest's pictures: PNGs that read at a glance, on a phone too, and without telling red from green.

Widths are in CSS pixels of the picture itself; it is drawn at twice that and shown between 340 and 594 wide. What slips
is told three times: by colour (amber against blue, apart for every kind of colour vision), by shape, and by its place
beyond the promise line. Every picture comes with its alternative text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schoolward.alerts.outbox import Picture
from schoolward.alerts.rendering import count, percent, short_day

WIDTH = 450
INK, QUIET, LINE, BLUE, AMBER = "#1b2733", "#51606d", "#d5dbe1", "#1f5f8b", "#c2570c"
FEWEST_TO_SHOW = 5
"""A share of fewer promises than this is left out: one request more or less would swing it by a fifth."""
_FONT = "Liberation Sans"  # compiled into vl-convert, so the picture is the same on every machine
_TEXT = 13
_ROW = 36


@dataclass(frozen=True, slots=True)
class WeekShare:
    """Promises kept of those that fell due, for one line and week."""

    week_start_on: date
    n_kept: int
    n_due: int

    @property
    def share(self) -> float | None:
        return self.n_kept / self.n_due if self.n_due >= FEWEST_TO_SHOW else None


def promises_kept(lines: Mapping[str, Sequence[WeekShare]], promise: float | None, cid: str) -> Picture:
    """A row per line (a unit, say): twelve weeks against the promise, the last week in figures at the right."""
    import altair as alt  # imported late: it takes a second, and most commands draw nothing

    latest_week = max((w.week_start_on for weeks in lines.values() for w in weeks), default=date.min)
    first_week = min((w.week_start_on for weeks in lines.values() for w in weeks), default=date.min)
    floor = _floor(lines, promise)
    left, right = 164, 106
    row_height = _ROW if len(lines) > 1 else 2 * _ROW
    plot_width = WIDTH - left - right

    def x_of(week: date) -> float:
        span = max((latest_week - first_week).days, 1)
        return left + plot_width * (week - first_week).days / span

    def y_of(row: int, share: float) -> float:
        return row_height * row + 8 + (row_height - 16) * (1 - (share - floor) / (1 - floor))

    points, ends, bases, names, alts = [], [], [], [], []
    for row, (name, weeks) in enumerate(lines.items()):
        names.append({"x": 0, "y": row_height * (row + 0.5), "text": name})
        if promise is not None:
            bases.append({"x": left, "x2": left + plot_width, "y": y_of(row, promise)})
        for w in weeks:
            y = None if w.share is None else y_of(row, w.share)
            points.append({"x": x_of(w.week_start_on), "y": y, "row": row, "week": w.week_start_on.toordinal()})
        last = next((w for w in weeks if w.week_start_on == latest_week), None)
        told, is_short = "too few to say", False
        if last is not None and last.share is not None:
            is_short = promise is not None and last.share < promise
            told = f"{percent(last.share)} of {last.n_due:,}"
            ends.append({"x": x_of(latest_week), "y": y_of(row, last.share), "is_short": is_short})
        names.append(
            {
                "x": left + plot_width + 14,
                "y": row_height * (row + 0.5),
                "text": told,
                "is_short": is_short,
                "is_figure": True,
            }
        )
        alts.append(f"{name} {told}{' (below the promise)' if is_short else ''}")

    height = row_height * len(lines)
    frame: dict[str, Any] = {"width": WIDTH, "height": height + 24}
    x, y = _pixel(alt, "x", WIDTH), _pixel(alt, "y", height + 24, reverse=True)
    is_short = alt.datum.is_short == True  # noqa: E712 - an expression of Vega, not of Python
    colour = alt.condition(is_short, alt.value(AMBER), alt.value(BLUE))
    rules = (
        alt.Chart(alt.Data(values=bases))
        .mark_rule(color=QUIET, strokeDash=[3, 3], strokeWidth=1)
        .encode(x=x, x2="x2:Q", y=y)
    )
    trend = (
        alt.Chart(alt.Data(values=points))
        .mark_line(color=BLUE, strokeWidth=2, strokeJoin="round")
        .encode(x=x, y=y, detail="row:N", order="week:Q")
    )
    ends_mark = (
        alt.Chart(alt.Data(values=ends))
        .mark_point(filled=True, size=75, opacity=1)
        .encode(x=x, y=y, color=colour, shape=alt.condition(is_short, alt.value("triangle-down"), alt.value("circle")))
    )
    texts = [n for n in names if not n.get("is_figure")]
    figures = [n for n in names if n.get("is_figure")]
    feet: list[dict[str, Any]] = [
        {"x": left, "y": height + 12, "text": short_day(first_week), "align": "left"},
        {"x": left + plot_width, "y": height + 12, "text": short_day(latest_week), "align": "right"},
        {"x": left + plot_width / 2, "y": height + 12, "text": f"- - -  promise {percent(promise)}", "align": "center"},
    ]
    chart = alt.layer(
        rules,
        trend,
        ends_mark,
        _text(alt, texts, x, y, align="left", width=left - 10),
        _text(alt, figures, x, y, align="left", weight=700).encode(
            color=alt.condition(is_short, alt.value(AMBER), alt.value(INK))
        ),
        *(_text(alt, [f], x, y, align=f["align"], color=QUIET, size=11.5) for f in feet[: 2 if promise is None else 3]),
    ).properties(**frame)
    against = f", against a promise of {percent(promise)}" if promise is not None else ""
    alternative = f"Promises kept in the week of {short_day(latest_week)}{against}: {'; '.join(alts)}."
    return Picture(cid, alternative, _png(alt, chart))


def _floor(lines: Mapping[str, Sequence[WeekShare]], promise: float | None) -> float:
    """The bottom of the rows: the lowest share shown, to the tenth below; the top is always 100 %."""
    shares = [w.share for weeks in lines.values() for w in weeks if w.share is not None]
    lowest = min([*shares, promise or 1.0, 0.9])
    return max(0.0, int(lowest * 10) / 10 - 0.05)


def days_since_contact(n_schools_by_days: Mapping[int, int], limit: float | None, cid: str) -> Picture:
    """How many schools were last seen so many instructional days ago, in steps of five; the promise is a line."""
    import altair as alt

    step, last_step = 5, 6
    limit = 15 if limit is None else limit
    counts = [0] * (last_step + 1)
    for days, n in n_schools_by_days.items():
        counts[min(max(days - 1, 0) // step, last_step)] += n
    labels = [f"{'0' if i == 0 else i * step + 1}–{(i + 1) * step}" for i in range(last_step)] + [
        f"{last_step * step + 1}+"
    ]
    bar, height, top = WIDTH / (last_step + 1), 170, 26
    scale = (height - top - 36) / max([*counts, 1])
    bars = [
        {
            "x": i * bar + 5, "x2": (i + 1) * bar - 5, "y": height - 36 - n * scale, "y2": height - 36,
            "xt": (i + 0.5) * bar, "yt": height - 36 - n * scale - 10, "n": str(n) if n else "", "is_late": i * step + 1 > limit,
        }
        for i, n in enumerate(counts)
    ]  # fmt: skip
    x, y = _pixel(alt, "x", WIDTH), _pixel(alt, "y", height, reverse=True)
    is_late = alt.datum.is_late == True  # noqa: E712
    edge = min(limit / step, last_step + 1) * bar
    line = [{"x": edge, "y": 0, "y2": height - 36}]
    base = [{"x": 0, "x2": WIDTH, "y": height - 36}]
    n_late = sum(n for days, n in n_schools_by_days.items() if days > limit)
    n_all = sum(n_schools_by_days.values())
    chart = alt.layer(
        alt.Chart(alt.Data(values=bars))
        .mark_rect(cornerRadius=2)
        .encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=alt.condition(is_late, alt.value(AMBER), alt.value(BLUE))),
        alt.Chart(alt.Data(values=base)).mark_rule(color=QUIET, strokeWidth=1).encode(x=x, x2="x2:Q", y=y),
        alt.Chart(alt.Data(values=line))
        .mark_rule(color=INK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=x, y=y, y2="y2:Q"),
        _text(alt, [{"x": b["xt"], "y": b["yt"], "text": b["n"]} for b in bars], x, y, weight=700),
        _text(
            alt,
            [{"x": b["xt"], "y": height - 24, "text": t} for b, t in zip(bars, labels, strict=True)],
            x,
            y,
            color=QUIET,
        ),
        _text(alt, [{"x": edge - 7, "y": 8, "text": f"promise: at most {limit:g} days"}], x, y, align="right", size=12),
        _text(
            alt,
            [{"x": 0, "y": height - 6, "text": "instructional days since the last substantive contact"}],
            x,
            y,
            align="left",
            color=QUIET,
            size=11.5,
        ),
    ).properties(width=WIDTH, height=height)
    alternative = (
        f"Instructional days since the last substantive contact, {count(n_all, 'school')}: {n_all - n_late} within the promised"
        f" {limit:g} days, {n_late} beyond. "
        + "; ".join(f"{t} days: {n}" for t, n in zip(labels, counts, strict=True))
        + "."
    )
    return Picture(cid, alternative, _png(alt, chart))


def contact_by_network(days_by_network: Mapping[str, Sequence[int]], limit: float | None, cid: str) -> Picture:
    """A dot per school on its network's row: days since the last substantive contact, triangles beyond the promise.

    For the supervisor of the ILDs only: a network is as good as its ILD's name.
    """
    import altair as alt

    limit = 15 if limit is None else limit
    most = max([limit * 1.6, *(d for days in days_by_network.values() for d in days)])
    left, right, row_height = 130, 14, 40
    plot = WIDTH - left - right
    dots: list[dict[str, Any]] = []
    names, alts = [], []
    for row, (network, days) in enumerate(days_by_network.items()):
        names.append({"x": 0, "y": row_height * (row + 0.5), "text": network})
        seen: dict[int, int] = {}
        for d in sorted(days):
            nth = seen[d] = (
                seen.get(d, 0) + 1
            )  # schools with the same count stand one beside the other, not one on another
            offset = (nth // 2) * 7 * (1 if nth % 2 else -1)
            y_at = row_height * (row + 0.5) + max(min(offset, 16), -16)
            dots.append({"x": left + plot * d / most, "y": y_at, "is_late": d > limit})
        n_late = sum(d > limit for d in days)
        alts.append(f"{network}: {n_late} of {len(days)} beyond")
    height = row_height * len(days_by_network)
    x, y = _pixel(alt, "x", WIDTH), _pixel(alt, "y", height + 44, reverse=True)
    is_late = alt.datum.is_late == True  # noqa: E712
    edge = left + plot * limit / most
    rows = [{"x": left, "x2": left + plot, "y": row_height * (i + 0.5)} for i in range(len(days_by_network))]
    ticks = range(0, int(most) + 1, 10 if most <= 80 else 20)
    chart = alt.layer(
        alt.Chart(alt.Data(values=rows)).mark_rule(color=LINE, strokeWidth=1).encode(x=x, x2="x2:Q", y=y),
        alt.Chart(alt.Data(values=[{"x": edge, "y": 0, "y2": height + 4}]))
        .mark_rule(color=INK, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=x, y=y, y2="y2:Q"),
        alt.Chart(alt.Data(values=dots))
        .mark_point(filled=True, opacity=0.9, stroke="white", strokeWidth=0.8)
        .encode(
            x=x, y=y,
            color=alt.condition(is_late, alt.value(AMBER), alt.value(BLUE)),
            shape=alt.condition(is_late, alt.value("triangle-up"), alt.value("circle")),
            size=alt.condition(is_late, alt.value(95), alt.value(58)),
        ),
        _text(alt, names, x, y, align="left", width=left - 10),
        _text(alt, [{"x": left + plot * t / most, "y": height + 14, "text": str(t)} for t in ticks], x, y, color=QUIET, size=11.5),
        _text(alt, [{"x": 0, "y": height + 34, "text": f"instructional days since the last substantive contact; promise: at most {limit:g}"}], x, y, align="left", color=QUIET, size=11.5),
    ).properties(width=WIDTH, height=height + 44)  # fmt: skip
    alternative = f"Schools beyond the promised {limit:g} instructional days, by network. {'; '.join(alts)}."
    return Picture(cid, alternative, _png(alt, chart))


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar; its first ``marked`` part is set off in amber, and ``told`` says it in words."""

    name: str
    length: float
    marked: float
    told: str


def bars(rows: Sequence[Bar], lead: str, cid: str) -> Picture:
    """A bar per row with its words beside it; ``lead`` opens the alternative text."""
    import altair as alt

    left, right, bar = 164, 116, 30
    scale = (WIDTH - left - right) / max([r.length for r in rows] + [1e-9])
    parts, names, figures = [], [], []
    for row, r in enumerate(rows):
        middle = bar * (row + 0.5)
        width = r.length * scale
        marked = min(max(r.marked * scale, 3 if r.marked else 0), width) if r.length else 0
        names.append({"x": 0, "y": middle, "text": r.name})
        for x1, x2, is_late in ((0.0, marked, True), (marked, width, False)):
            parts.append({"x": left + x1, "x2": left + x2, "y": middle - 8, "y2": middle + 8, "is_late": is_late})
        figures.append({"x": left + width + 8, "y": middle, "text": r.told})
    height = bar * len(rows)
    x, y = _pixel(alt, "x", WIDTH), _pixel(alt, "y", height, reverse=True)
    is_late = alt.datum.is_late == True  # noqa: E712
    chart = alt.layer(
        alt.Chart(alt.Data(values=parts))
        .mark_rect()
        .encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=alt.condition(is_late, alt.value(AMBER), alt.value("#9dbbd1"))),
        _text(alt, names, x, y, align="left", width=left - 10),
        _text(alt, figures, x, y, align="left", size=12.5),
    ).properties(width=WIDTH, height=height)
    return Picture(cid, f"{lead} {'; '.join(f'{r.name}: {r.told}' for r in rows)}.", _png(alt, chart))


def _pixel(alt: Any, name: str, size: float, *, reverse: bool = False) -> Any:
    """A channel whose data are already pixels: layout is ours, so that rows, labels and lines meet exactly."""
    domain = [size, 0] if reverse else [0, size]
    channel = alt.X if name == "x" else alt.Y
    return channel(f"{name}:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=None)


def _text(
    alt: Any, rows: Sequence[Mapping[str, Any]], x: Any, y: Any, *, align: str = "center", color: str = INK,
    size: float = _TEXT, weight: int = 400, width: float = 0,
) -> Any:  # fmt: skip
    """Words at places; those longer than ``width`` pixels (0: any length) end in an ellipsis."""
    mark = {
        "align": align,
        "baseline": "middle",
        "color": color,
        "fontSize": size,
        "fontWeight": weight,
        "limit": width,
    }
    return alt.Chart(alt.Data(values=list(rows))).mark_text(**mark).encode(x=x, y=y, text="text:N")


def _png(alt: Any, chart: Any) -> bytes:
    import vl_convert

    plain = chart.configure(font=_FONT, background="white", padding=10).configure_view(stroke=None)
    png: bytes = vl_convert.vegalite_to_png(plain.to_dict(validate=False), scale=2)
    return png
