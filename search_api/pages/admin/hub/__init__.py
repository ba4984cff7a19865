"""The page of the hub's settings: a form for each section, the whole as one text, the logo, and the versions."""
