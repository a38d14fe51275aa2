"""`python -m mcma_client`."""

from mcma_client.cli import main

raise SystemExit(main())
