"""Proposals over HTTP: who may make them, for which properties, and the addresses of programs."""
