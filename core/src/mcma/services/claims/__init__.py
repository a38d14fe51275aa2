"""What somebody says a recording is: kept, and matched with the tracks that are here."""
