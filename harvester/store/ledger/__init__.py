"""The ledger of a harvest: runs, their windows and pages, what was imported and what was set aside."""
