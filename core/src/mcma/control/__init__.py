"""What a command asks for, done here or by the process that holds the data folder."""
