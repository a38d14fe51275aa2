"""How the server is and how it is set."""
