"""What is planted beside the underserved schools: for each dimension of the study, who shows what an indicator should find.

``truth.json`` tells it; nothing of the product reads it.
"""

from datetime import date

# -- partnership and assistance: networks are named by their number, the ILD by the network

MONITORS_IN_NETWORK = 3
"""Its ILD's contacts are monitoring more often than joint work."""
FORGETS_STEPS_IN_NETWORK = 6
"""Its ILD looks again at half of the steps agreed."""
EVALUATES_IN_NETWORK = 5
"""Its ILD brings evaluation into coaching, and signs the goals of the network's principals."""
UNOBSERVED_IN_NETWORK = 4
"""Nobody watched its ILD at work since the winter break."""
WITHOUT_LEARNING_IN_NETWORK = 1
"""Its ILD attended no professional development."""
LATE_EVALUATIONS_IN_NETWORK = 2
"""Its mid-year reviews were done after they were due."""
BYPASSES = "curriculum"
"""The unit that talks with principals about substance without their ILDs."""
DIRECTS = "budget"
"""The unit whose directives reach principals without passing their ILDs."""
SHORT_NOTICE, SHORT_NOTICE_SINCE = "curriculum", date(2026, 1, 12)
"""The unit whose data requests are due within three days, and since when."""
SHORT_NOTICE_SCHOOLS = tuple(range(12))

# -- service units

CHURN_SCHOOL, CHURN_UNIT = 33, "budget"
"""The school that had four case managers of a unit within the year."""
CHURN_ON = (date(2025, 10, 6), date(2025, 12, 8), date(2026, 2, 9))
NEVER_IN_SCHOOLS = "budget"
WITHOUT_CAPACITY = "transport"
"""The unit whose staff learned nothing since the winter break."""
LOW_RATED, HIGH_RATED = "facilities", "hr"
FEW_ANSWERS = "food"
"""The unit too few school leaders rated in spring to say anything."""
LATE_PROJECTS = "student_services"
"""The unit whose milestones slip."""
PROJECT_OF_CATEGORY = {"hvac": "facilities", "hardware": "it", "payroll": "hr"}
"""Kinds of request with a project to end their recurring, and the unit that runs it."""
CATEGORY_WITHOUT_PROJECT = "network"
OVERLOADED_SCHOOLS = (0, 1, 2, 3)
"""Asked to carry seven initiatives at once."""
UNFILLED_NEED = 0.75
"""Schools of at least this need find a substitute for about half of what they ask for."""

# -- stewardship, evidence, recommendations

VERSION_WITHOUT_EVIDENCE, VERSION_WITH_EVIDENCE = "2025.2", "2026.1"
REVIEW_NOT_HELD = "TR-3"
HYPOTHESIS_WITHOUT_INDICATOR, HYPOTHESIS_WITHOUT_OWNER = "H4", "H5"
AUDIENCE_NOT_REACHED = "union"
"""Not written to since the winter break."""
CANNOT_SAY = "transport"
"""The unit whose staff cannot say how their work links to the theory of action."""
RESOURCE_ENDING = "XR-03"
"""Ends within half a year and has no successor."""
WITHOUT_CYCLES = "food"
SLOW_CYCLES = "facilities"
"""The unit whose evidence leads to no change."""
UNFOUNDED_MONTHS = (date(2026, 2, 1), date(2026, 3, 1))
"""Months in which most decisions rest on no evidence."""
FADED_SINCE = date(2026, 2, 1)
"""Since then the cabinet hardly talks of its own transformation."""
POSTS_ENDING = "food"
"""The unit whose case managers are paid for until the end of summer only."""
POSTS_END_ON = date(2026, 8, 31)
UNREADY = "transport"
"""The unit with case managers who never passed the readiness steps."""
