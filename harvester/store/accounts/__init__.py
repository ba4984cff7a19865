"""Who may do what: roles, people with their passwords and sessions, and the API keys of their programs."""
