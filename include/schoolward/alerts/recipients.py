"""Who answers for a promise, and who hears of what: always somebody in the central office."""

from schoolward.district import District, Recipient

OWN_SCHOOLS_ONLY = ("ild", "case_manager")


class Recipients:
    """The recipients of a district file, looked up by role, unit and staff id."""

    def __init__(self, district: District) -> None:
        self._all = district.recipients

    def owner(self, role: str, unit_id: str | None, staff_id: str | None) -> Recipient | None:
        """The one who answers: the first of :meth:`owners`; None when the district file names nobody who could."""
        return next(iter(self.owners(role, unit_id, staff_id)), None)

    def owners(self, role: str, unit_id: str | None, staff_id: str | None) -> tuple[Recipient, ...]:
        """Everybody who hears of it, the one who answers first, each target once.

        The person HR names, else the unit's own, else those for all units, else the superintendent. What is about one
        ILD's or case manager's schools goes to no other of them; what a case manager is asked goes to the unit's chief where the
        district file does not name that one.
        """
        candidates = self.of_role(role)
        everyones = [r for r in candidates if r.unit in (None, "*")]
        units_own = [r for r in candidates if unit_id is not None and r.unit == unit_id]
        named_by_hr = [r for r in (*units_own, *everyones) if staff_id is not None and r.staff_id == staff_id]
        unnamed = [[r for r in group if r.staff_id is None] for group in (units_own, everyones)]
        if role not in OWN_SCHOOLS_ONLY:
            unnamed += units_own, everyones
        chosen = next(filter(None, (named_by_hr, *unnamed)), [])
        if not chosen and role == "case_manager":
            return self.owners("unit_chief", unit_id, None)
        chosen = chosen or list(self.of_role("superintendent"))
        return tuple(r for n, r in enumerate(chosen) if r.to not in {earlier.to for earlier in chosen[:n]})

    def owner_target(self, role: str, unit_id: str | None, staff_id: str | None) -> str | None:
        owner = self.owner(role, unit_id, staff_id)
        return owner.to if owner else None

    def of_role(self, role: str) -> tuple[Recipient, ...]:
        return tuple(r for r in self._all if r.role == role)

    def name(self, target: str | None) -> str:
        """The name that goes with a target, for "who does what"."""
        return next((r.name for r in self._all if r.to == target), "nobody yet")
