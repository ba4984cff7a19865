"""The hub as an OAI-PMH repository: what was harvested can be harvested again, deletions too."""
