"""What operators see: facts of the store, as metrics, JSON and pages."""
