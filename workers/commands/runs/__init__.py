"""`oaihub runs`, `rejected` and `plans`: what became of harvests."""
