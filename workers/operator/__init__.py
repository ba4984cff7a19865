"""What the operator sees and does: facts, and the pages and JSON addresses that show them."""
