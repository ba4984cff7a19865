"""What a hub makes its own (name, colours, template, texts): every version of it, of which the newest counts."""
