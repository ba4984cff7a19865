"""What an item or a result can be written as: the formats of answers, exports and files."""
