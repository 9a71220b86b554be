"""Running the platform on one machine: embedded PostgreSQL, supervised processes, the demo."""
