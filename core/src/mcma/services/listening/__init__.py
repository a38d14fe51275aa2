"""What people did: logs that are only added to, and what is derived from them."""
