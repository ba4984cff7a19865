"""What people outside propose for items: the tokens that let them, their proposals, and what reviewers decide."""
