"""One module per vendor API; each declares its records and how to sign in, page and ask what changed."""
