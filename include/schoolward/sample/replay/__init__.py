"""Servers that speak the vendors' protocols over a folder of records."""
