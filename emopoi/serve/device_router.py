"""Addresses of what the page that runs on the device needs: facts, models, places. Nothing comes in here."""

from __future__ import annotations

import functools
import json
import threading
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Response

from emopoi.serve.api import refusals
from emopoi.serve.device_facts import device_facts
from emopoi.serve.device_models import DeviceModel, device_models
from emopoi.serve.place_rules import place_rules
from emopoi.serve.place_tiles import PlaceTiles
from recommender.catalogue import Catalogue, open_catalogue

_FOR_GOOD = "public, max-age=31536000, immutable"
_A_WHILE = "private, max-age=600"
_Cell = Annotated[str, Path(pattern=r"^[0-9a-f]{15}$", description="H3 index")]


class DeviceParts:
    """Made when they are first asked for: a server that only runs jobs loads none of it.

    Args:
        catalogue: file of places, None for the shipped ones.
    """

    def __init__(self, catalogue: FilePath | None = None) -> None:
        self._catalogue_file = catalogue
        self._lock = threading.Lock()

    def models(self) -> dict[str, DeviceModel]:
        """The models of the page by name."""
        with self._lock:
            return self._models

    def catalogue(self) -> Catalogue:
        """The places."""
        with self._lock:
            return self._catalogue

    @functools.cached_property
    def _models(self) -> dict[str, DeviceModel]:
        return device_models()

    @functools.cached_property
    def _catalogue(self) -> Catalogue:
        return open_catalogue(self._catalogue_file)


def device_router(parts: DeviceParts) -> APIRouter:
    """All addresses under /device and /places."""
    router = APIRouter(tags=["device"])

    @router.get("/device/facts.json", responses=refusals())
    def facts() -> dict[str, Any]:
        """Labels, maps, weights and settings."""
        return device_facts()

    @router.get("/device/models.json", responses=refusals())
    def models() -> dict[str, Any]:
        """The models with their tensors, hashes, and where file and golden bytes lie."""
        return {"models": [model.facts for model in parts.models().values()]}

    @router.get(
        "/device/models/{name}/{file}",
        response_class=Response,
        responses={**refusals(404), 200: {"content": {"application/octet-stream": {}}}},
    )
    def model_file(
        name: Annotated[str, Path(max_length=40)], file: Annotated[str, Path(max_length=60)]
    ) -> Response:
        """A model or its golden bytes; the address changes with the content."""
        model = parts.models().get(name)
        if model is not None:
            for url, content in ((model.facts["url"], model.content), (model.facts["golden"], model.golden)):
                if url.rsplit("/", 1)[1] == file:
                    return Response(
                        content, media_type="application/octet-stream", headers={"Cache-Control": _FOR_GOOD}
                    )
        raise HTTPException(404, "there is no such model: load the list again")

    @router.get("/places/rules.json", responses=refusals())
    def rules() -> dict[str, Any]:
        """Types of places, the table of emotions and the learned weights."""
        return place_rules(parts.catalogue())

    @router.get(
        "/places/cells/{cell}.geojson",
        response_class=Response,
        responses={**refusals(), 200: {"content": {"application/geo+json": {}}}},
    )
    def places(cell: _Cell) -> Response:
        """Places of one cell of the H3 grid."""
        text = json.dumps(PlaceTiles(parts.catalogue()).tile(cell), ensure_ascii=False)
        return Response(text, media_type="application/geo+json", headers={"Cache-Control": _A_WHILE})

    return router
