"""Pulling source systems into raw history: HTTP, decoding, loading, watermarks, quarantine, completeness."""
