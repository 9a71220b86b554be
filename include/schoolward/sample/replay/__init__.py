"""Replay servers: real HTTP on localhost that shows a folder of records as a vendor's API would have shown it at a given instant.

A records folder holds every version of every record with the instant from which it was true::

    <system>/<collection or table>.jsonl.gz             {"at": "2025-08-14T13:05:00Z", "record": {…}} by line, in time order
    files/<YYYYMMDDTHHMMSSZ>/<folder>/<name>.csv        files as delivered at that instant

At clock *t* a server shows, per key, the last version with ``at <= t``; ``"deleted": true`` takes the record away.
The clock stands still until it is set, and every answer's ``Date`` header tells it.
"""
