"""`oaihub map`: checking, trying and comparing mappings."""
