"""Music for people without an account: links, what they show, and who keeps them."""
