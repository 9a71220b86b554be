"""Schoolward: shows a district's central office whether it serves its schools."""
