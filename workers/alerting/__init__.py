"""Alerts by mail and webhook: what is wrong is noted in the store, and told once, and once more when it is over."""
