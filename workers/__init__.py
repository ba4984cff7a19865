"""Who runs what and when: the Celery app, the process tree, the command line."""
