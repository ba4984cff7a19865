"""Items as citations: APA 7 by our own writer, CSL-JSON, and any other style by the optional extra `styles`."""
