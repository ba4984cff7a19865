"""The pages for people: plain HTML, made here, that works without JavaScript and asks no foreign host for anything."""
