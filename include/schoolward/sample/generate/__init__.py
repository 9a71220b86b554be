"""A deterministic generator of the sample district."""
