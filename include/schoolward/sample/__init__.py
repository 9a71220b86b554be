"""The sample districts, and servers that replay them over real HTTP."""
