"""Reading the library, and correcting what it says."""
