"""The pages of accounts: signing in and out, links to set a password, and one's own account with its keys."""
