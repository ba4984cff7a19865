"""The pages of who administers: people, the hub's settings, and who did what."""
