"""What operators decide and watch: schedules, pauses, breakers, processes, counts, takedowns, and who did what."""
