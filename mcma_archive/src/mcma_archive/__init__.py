"""Open collections for mcma: search and download."""
