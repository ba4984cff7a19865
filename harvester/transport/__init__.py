"""What the client of `harvester/http.py` is held to: addresses, time, size, and what of a URL may be shown."""
