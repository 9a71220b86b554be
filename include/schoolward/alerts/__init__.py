"""The life cycle of alerts, the digest, and their delivery through an outbox."""
