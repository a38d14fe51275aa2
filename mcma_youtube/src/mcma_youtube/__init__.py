"""The place of a plugin that searches YouTube Music and downloads from it. There is nothing here yet."""
