"""What operating a hub needs of the store: when endpoints are harvested, who works, what was counted."""
