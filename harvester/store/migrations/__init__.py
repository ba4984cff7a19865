"""The migrations of the store, one file a step; `harvester.store.opening` runs them."""
