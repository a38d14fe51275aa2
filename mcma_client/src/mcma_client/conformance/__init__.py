"""What servers and clients of the sync protocol must do, as scenarios that are run against them.

    pytest --pyargs mcma_client.conformance --mcma-url http://127.0.0.1:6262 --mcma-user alex

`docs/conformance.md` says how. A scenario is a file of `scenarios/`; what may stand in it is in
`scenario.py`.
"""
