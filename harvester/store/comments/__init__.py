"""Comments of readers on items: written, waiting, decided on by moderators, and told to who subscribed to an item."""
