"""`oaihub endpoints`: what is harvested, and how it behaves."""
