"""What people ask to have."""
