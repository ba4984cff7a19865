"""What operators decide and watch: schedules, pauses, breakers, processes, counts, alerts, and who did what."""
