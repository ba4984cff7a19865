"""`oaihub works` and `oaihub edit`: what people say of items."""
