"""What goes with what: similar music and radio."""
