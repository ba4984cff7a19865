"""The operator's pages: server-rendered from the facts, without scripts."""
