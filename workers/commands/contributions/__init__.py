"""`oaihub tokens` and `oaihub proposals`: what others may propose, and what becomes of it."""
