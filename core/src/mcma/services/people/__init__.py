"""Users, their devices, and all the ways to log in."""
