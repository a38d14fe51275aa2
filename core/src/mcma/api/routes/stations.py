"""Internet radio: stations that players open by themselves."""

from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.responses import Response

from mcma.api.auth import Admin, SignedIn
from mcma.api.inputs import Body, Id, Name, Storable, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import answer, nothing
from mcma.domain.addresses import LONGEST
from mcma_plugins.ids import StationId
from mcma_plugins.stations import StationFacts, StationView

router = area("/stations", "stations")
_EXAMPLE = {
    "name": "Radio Example", "stream_url": "https://radio.example/live.mp3",
    "homepage_url": "https://radio.example/",
}  # fmt: skip
Address = Annotated[str, StringConstraints(max_length=LONGEST), Storable]


class NewStation(Body):
    model_config = body(_EXAMPLE)
    name: Name
    stream_url: Address
    homepage_url: Address = ""


class StationChange(Body):
    """What is left out stays as it is."""

    model_config = body({"name": "Radio Example"})
    name: Name | None = None
    stream_url: Address | None = None
    homepage_url: Address | None = Field(default=None, description="Empty: none.")


@router.get("", **told("List the stations", "StationList"))
async def list_stations(call: SignedIn) -> Response:
    """The same for everybody, by name, 500 at most. The server opens none of these addresses."""
    return items(await call.services.stations.stations(call.caller), StationView._asdict)


@router.post("", **told("Add a station", "Station", 201))
async def create_station(call: Admin, sent: NewStation) -> Response:
    facts = StationFacts(sent.name, sent.stream_url, sent.homepage_url)
    made = await call.services.stations.create(call.caller, facts)
    return answer(made._asdict(), 201, {"location": call.path(f"/stations/{made.id}")})


@router.get("/{station_id}", **told("Show a station", "Station"))
async def get_station(call: SignedIn, station_id: Id) -> Response:
    return answer((await call.services.stations.station(call.caller, station_id))._asdict())


@router.patch("/{station_id}", **told("Change a station", "Station"))
async def update_station(call: Admin, station_id: Id, sent: StationChange) -> Response:
    facts = StationFacts(sent.name, sent.stream_url, sent.homepage_url)
    return answer((await call.services.stations.update(call.caller, StationId(station_id), facts))._asdict())


@router.delete("/{station_id}", **told("Delete a station", status=204))
async def delete_station(call: Admin, station_id: Id) -> Response:
    await call.services.stations.delete(call.caller, StationId(station_id))
    return nothing()
