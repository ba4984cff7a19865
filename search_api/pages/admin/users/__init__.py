"""The pages of people: all of them with what they may do, and one with his sessions, links and keys."""
