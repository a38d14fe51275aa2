"""What claims mean: candidates, decisions, questions to people, and how all of it is undone."""
