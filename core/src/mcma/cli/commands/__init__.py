"""The commands, a module for each subject. They ask for an operation and print what it returns."""
