"""`oaihub users`, `oaihub keys` and `oaihub audit`: who may do what, and who did what."""
