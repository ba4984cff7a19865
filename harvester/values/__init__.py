"""Value normalisers: pure functions from a source's words to the shapes of harvester.item; nothing is invented."""
