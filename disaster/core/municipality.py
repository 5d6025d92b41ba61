"""The municipality that this installation serves: a folder of data, chosen by one setting.

A folder holds ``profile.toml``, ``areas.json`` (大字・丁目), ``boundary.geojson`` and the shelters of 国土地理院. The setting is the
name of a folder beside ``disaster/municipalities/243248`` or the path of one elsewhere.
"""

import json
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import current_app
from pydantic import BaseModel, ConfigDict, ValidationError

from disaster.core.settings import SettingsError

SHIPPED = Path(__file__).parent.parent / "municipalities"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Area(_Frozen):
    """One 大字 or 丁目: the smallest part of the municipality that an alert can name."""

    code: str
    name: str
    kana: str
    name_en: str
    group: str
    lat: float
    lng: float


class Contact(_Frozen):
    """Whom residents can ask."""

    department: str
    department_en: str
    phone: str


class JmaCodes(_Frozen):
    """The municipality in the code tables of 気象庁."""

    city_code: str
    area_codes: tuple[str, ...]
    quake_areas: tuple[str, ...] = ()
    office: str
    feed_areas: tuple[str, ...] = ()
    rivers: tuple[str, ...] = ()


class RadioWords(_Frozen):
    """What the disaster radio says and plays around a text."""

    call_sign: str
    repeats: int = 2
    chime_up: str
    chime_down: str
    siren_level_3: str = ""  # how the siren sounds before the text, in words; empty: no siren
    siren_level_4: str = ""
    siren_level_5: str = ""
    siren_lift: str = ""


class MapView(_Frozen):
    """Where the map opens: latitude and longitude in degrees, zoom of web maps."""

    centre: tuple[float, float]
    zoom: int


class Municipality(_Frozen):
    """The whole profile."""

    folder: Path
    code: str
    name: str
    kana: str
    name_en: str
    prefecture: str
    population: int
    households: int = 0
    mayor: str = ""  # name of the mayor, as certificates bear it; empty: the office alone
    contact: Contact
    jma: JmaCodes
    radio: RadioWords
    map: MapView
    areas: tuple[Area, ...]

    @cached_property
    def area_by_code(self) -> dict[str, Area]:
        """Areas by their code."""
        return {area.code: area for area in self.areas}

    def file(self, name: str) -> Path:
        """A file of the municipality's folder."""
        return self.folder / name


def load(name: str) -> Municipality:
    """Read a municipality's folder.

    Raises:
        SettingsError: the folder is missing or its profile is wrong.
    """
    folder = SHIPPED / name if (SHIPPED / name).is_dir() else Path(name)
    try:
        profile: dict[str, Any] = tomllib.loads((folder / "profile.toml").read_text(encoding="utf-8"))
        areas = json.loads((folder / "areas.json").read_text(encoding="utf-8"))["areas"]
        return Municipality(folder=folder, areas=areas, **profile)
    except FileNotFoundError as error:
        raise SettingsError(f"DISASTER_MUNICIPALITY: {error.filename} is missing") from None
    except (ValueError, KeyError, ValidationError) as error:
        reason = str(error).replace("\n", " ")
        raise SettingsError(f"DISASTER_MUNICIPALITY: the folder {folder} is not complete: {reason}") from None


def municipality() -> Municipality:
    """The municipality of the running application."""
    found: Municipality = current_app.extensions["disaster.municipality"]
    return found
