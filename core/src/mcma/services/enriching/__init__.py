"""What plugins know more: asked, kept, decided, laid over the tags, and taken back."""
