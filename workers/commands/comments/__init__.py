"""`oaihub comments`: what moderators do, in the terminal."""
