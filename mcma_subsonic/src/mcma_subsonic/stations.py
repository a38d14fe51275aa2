"""Internet radio: one list for everybody, which administrators write."""

from uuid import UUID

from mcma_plugins.ids import StationId
from mcma_plugins.stations import StationFacts, StationView
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import not_found

_MARK = "ra-"


@endpoint(
    "getInternetRadioStations",
    since="1.9.0",
    notes="By name. Players open the addresses, the server never does",
)
async def get_stations(call: Call) -> Node:
    found = await call.services.stations.stations(call.caller)
    return {"internetRadioStations": {"internetRadioStation": [_station(one) for one in found]}}


@endpoint("createInternetRadioStation", since="1.16.0", notes="For administrators")
async def create_station(call: Call) -> Node:
    await call.services.stations.create(call.caller, _facts(call))
    return {}


@endpoint(
    "updateInternetRadioStation", since="1.16.0", notes="For administrators; without `homepageUrl` it stays"
)
async def update_station(call: Call) -> Node:
    await call.services.stations.update(call.caller, _id(call), _facts(call))
    return {}


@endpoint("deleteInternetRadioStation", since="1.16.0", notes="For administrators")
async def delete_station(call: Call) -> Node:
    await call.services.stations.delete(call.caller, _id(call))
    return {}


def _facts(call: Call) -> StationFacts:
    params = call.params
    return StationFacts(params.text("name"), params.text("streamUrl"), params.maybe("homepageUrl"))


def _id(call: Call) -> StationId:
    try:
        return StationId(UUID(call.params.text("id").removeprefix(_MARK)))
    except ValueError:
        raise not_found("The station") from None


def _station(view: StationView) -> Node:
    """`homepageUrl` goes in, `homePageUrl` comes out: the specification spells them so."""
    node: Node = {"id": f"{_MARK}{view.id}", "name": view.name, "streamUrl": view.stream_url}
    return node if view.homepage_url is None else node | {"homePageUrl": view.homepage_url}
