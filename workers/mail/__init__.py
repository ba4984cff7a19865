"""Mail by the operator's own server: alerts, and what the store has waiting for people."""
