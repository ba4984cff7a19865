"""The pages of comments: the part of an item's page, the form, reports, subscriptions, and what moderators do."""
