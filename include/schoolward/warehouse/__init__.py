"""The warehouse: connections, roles, and the few tables that dbt does not own."""
