"""The public side of shares: a page to listen on for whoever has the link, outside the API."""

from mcma.api.share.routes import add_share_pages

__all__ = ["add_share_pages"]
