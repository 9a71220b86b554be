"""Recounts the partnership rules from the records by brute force: every school, day by day."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache

from tests.unit.sample.lakeside_records import CHICAGO, Folder, Rulebook, day, utc
from tests.unit.sample.service_recount import Flag

TERMS = ((date(2025, 8, 11), date(2025, 12, 20)), (date(2026, 1, 5), date(2026, 6, 13)))


class PartnershipRecount:
    """Flags of the partnership rules, week by week."""

    def __init__(self, folder: Folder, rulebook: Rulebook) -> None:
        self.folder, self.rulebook = folder, rulebook
        orgs = folder.current("oneroster/orgs", "sourcedId").values()
        self.schools = {o["sourcedId"] for o in orgs if o["type"] == "school"}
        crosswalk = folder.rows(folder.path / "lakeside_crosswalk.csv")
        self.school_of_code = {r["alias"]: r["school_id"] for r in crosswalk if r["kind"] == "hr_code"}
        start = date(2025, 8, 11)
        self.breached = cache(self._breached)
        self.days = [d for d in (start + timedelta(days=n) for n in range(310)) if rulebook.is_instructional(d)]

    def known(self, at: datetime) -> list[dict[str, str]]:
        """The contact log as delivered by then, each line in its last state."""
        lines = {
            row["touchpoint_id"]: row
            for instant, path in self.folder.delivered("registers/touchpoints")
            if instant <= at
            for row in self.folder.rows(path)
        }
        return list(lines.values())

    def pairings(self, at: datetime) -> dict[str, dict[date, str]]:
        """School → day → the supervisor of whoever leads it that day ("" for none), leave taken into account."""
        away: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for row in self.folder.last_snapshot("hr/leave", at):
            away[row["staff_id"]].append((date.fromisoformat(row["starts_on"]), day(row["ends_on"]) or date.max))
        found: dict[str, dict[date, str]] = defaultdict(dict)
        for row in self.folder.last_snapshot("hr/assignments", at):
            if row["role"] not in ("principal", "acting_principal"):
                continue
            start, end, boss = (
                date.fromisoformat(row["starts_on"]),
                day(row["ends_on"]) or date.max,
                row["supervisor_staff_id"],
            )
            for today in self.days:
                if start <= today < end:
                    is_away = any(first <= today < last for first, last in away[boss])
                    found[self.school_of_code[row["org_id"]]][today] = "" if is_away else boss
        return found

    def _breached(self, at: datetime) -> set[Flag]:
        today = at.astimezone(CHICAGO).date()
        over = [d for d in self.days if d <= today]
        pairings = self.pairings(at)
        visits: dict[str, set[date]] = defaultdict(set)
        logged: Counter[tuple[str, date]] = Counter()
        for row in self.known(at):
            if row["cancelled_at"]:
                continue
            on = utc(row["occurred_at"]).astimezone(CHICAGO).date()
            logged[row["staff_id"], on] += int(row["minutes"])
            if (
                row["focus"] == "instructional_leadership"
                and row["setting"] in ("school", "video")
                and int(row["minutes"]) >= 30
            ):
                visits[row["school_id"]].add(on)
        found: set[Flag] = set()
        for school in self.schools:
            paired = pairings[school]
            month = [d for d in over if d > today - timedelta(days=28)]
            if sum(paired.get(d) == "" for d in month) > 5:
                found.add((school, "partnership_unpaired", None))
            exposed = [d for d in month if paired.get(d)]
            if not exposed or sum(logged[paired[d], d] for d in exposed) < 0.7 * 480 * len(exposed):
                continue
            last = max((d for d in visits[school] if d <= today), default=date.min)
            if sum(d > last for d in over if paired.get(d)) > 15:
                found.add((school, "partnership_contact_gap", None))
            if self._misses_windows(visits[school], over):
                found.add((school, "partnership_cadence", None))
        return found

    @staticmethod
    def _misses_windows(visits: set[date], over: list[date]) -> bool:
        """Whether under three quarters of the term's windows of ten instructional days have a visit."""
        first = max(start for start, _ in TERMS if start <= over[-1])
        term = [d for d in over if d >= first]
        windows = [term[n : n + 10] for n in range(0, len(term) // 10 * 10, 10)]
        return len(windows) >= 3 and sum(any(d in visits for d in w) for w in windows) < 0.75 * len(windows)

    def flagged(self, at: datetime) -> set[Flag]:
        """Crossed in two of three weeks."""
        times = Counter(flag for n in range(3) for flag in self.breached(at - timedelta(weeks=n)))
        return {flag for flag, n in times.items() if n >= 2}
