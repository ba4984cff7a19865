"""Facts about a running hub: one function a question, whose answer commands, JSON and pages show alike."""
