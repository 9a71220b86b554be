"""What one call of the loader did, for logs, tasks and terminals."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from schoolward.ingest.books import Counts, Mode, Status, StreamOfSource


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """The loads one call made (several where a long first load was cut in chunks, or several files waited).

    ``n_seen`` are rows as the source sent them; new, changed, unchanged and deleted are keys; seconds are wall time.
    """

    source: str
    stream: str
    mode: Mode
    status: Status
    load_id: int
    source_at: datetime | None
    counts: Counts = field(default_factory=Counts)
    n_loads: int = 1
    seconds: float = 0.0
    message: str | None = None

    @property
    def n_changed_rows(self) -> int:
        """Keys whose raw history grew; 0 means that nothing downstream needs to run."""
        return self.counts.n_new + self.counts.n_changed + self.counts.n_deleted

    def __str__(self) -> str:
        head = f"{self.source} {self.stream}"
        if self.status != "done":
            return f"{head}: {self.status}, {self.message}"
        c = self.counts
        parts = [
            f"{c.n_seen:,} rows seen",
            f"{c.n_new:,} new",
            f"{c.n_changed:,} changed",
            f"{c.n_unchanged:,} unchanged",
        ]
        parts += [f"{c.n_deleted:,} deleted"] if c.n_deleted else []
        parts += [f"{c.n_quarantined:,} quarantined"] if c.n_quarantined else []
        loads = f"load {self.load_id}" if self.n_loads == 1 else f"{self.n_loads} loads, last {self.load_id}"
        as_of = f", as of {self.source_at:%Y-%m-%d %H:%M} UTC" if self.source_at else ""
        note = f"; {self.message}" if self.message else ""
        return f"{head}: {', '.join(parts)} ({self.mode} {loads}{as_of}, {self.seconds:.1f} s){note}"


def together(first: LoadSummary, second: LoadSummary) -> LoadSummary:
    """One summary for two successive calls on a stream."""
    if second.status == "skipped":
        return first
    a, b = first.counts, second.counts
    told = None if a.n_told is None and b.n_told is None else (a.n_told or 0) + (b.n_told or 0)
    return replace(
        second,
        counts=Counts(
            a.n_seen + b.n_seen, a.n_new + b.n_new, a.n_changed + b.n_changed, a.n_unchanged + b.n_unchanged,
            a.n_deleted + b.n_deleted, a.n_quarantined + b.n_quarantined, told,
        ),
        n_loads=first.n_loads + second.n_loads,
        seconds=first.seconds + second.seconds,
        message="; ".join(m for m in (first.message, second.message) if m) or None,
    )  # fmt: skip


def of_load(
    of: StreamOfSource, mode: Mode, status: Status, load_id: int, source_at: datetime | None, message: str | None
) -> LoadSummary:
    """The summary of a load that landed nothing."""
    return LoadSummary(of.source, of.stream, mode, status, load_id, source_at, message=message)
