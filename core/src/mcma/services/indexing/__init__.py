"""Taking files into the catalogue: from what a source lists to artists, albums and tracks."""
