"""Two that turn out to be one, and back."""
