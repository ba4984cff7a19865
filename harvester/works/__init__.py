"""One item from several sources: who wins for which field, what people change, and why."""
