import { gridDisk, latLngToCell } from "h3-js";
import { type Place, distanceM, placesOf } from "./place";
import { type Question, allowed } from "./ranking";
import type { PlaceRules } from "./rules";

/** Rings of cells around the person's: two reach 3 km at least. */
const FIRST_RINGS = 2;
const MOST_RINGS = 4;
/** As `recommender/suggesting.py`. */
const NEAREST = 400;

/** Fetches places by cell; the server learns the cells, of about 5 square kilometres, and nothing else. */
export class PlaceSource {
  private readonly tiles = new Map<string, Promise<Place[]>>();

  private constructor(readonly rules: PlaceRules) {}

  static async open(): Promise<PlaceSource> {
    const response = await fetch("/places/rules.json");
    if (!response.ok) throw new Error(`places: ${response.status} ${response.statusText}`);
    return new PlaceSource((await response.json()) as PlaceRules);
  }

  /** Places that may be suggested: those around, or the nearest where few are. */
  async candidates(question: Question): Promise<Place[]> {
    const { around_m, enough, earth_radius_m } = this.rules.numbers;
    const away = (place: Place): number => distanceM(question.at, [place.lat, place.lon], earth_radius_m!);
    for (let rings = FIRST_RINGS; ; rings++) {
      const kept = (await this.within(question.at, rings)).filter((place) => allowed(place, question, this.rules));
      const around = kept.filter((place) => away(place) <= around_m!);
      if (around.length >= enough!) return byRow(around);
      // Nothing at all: the catalogue is of somewhere else, and further cells would be asked for in vain.
      if (rings === MOST_RINGS || !kept.length) {
        return byRow([...kept].sort((a, b) => away(a) - away(b) || a.row - b.row).slice(0, NEAREST));
      }
    }
  }

  private async within(at: readonly [number, number], rings: number): Promise<Place[]> {
    const cells = gridDisk(latLngToCell(at[0], at[1], this.rules.resolution), rings);
    return (await Promise.all(cells.map((cell) => this.tile(cell)))).flat();
  }

  private tile(cell: string): Promise<Place[]> {
    const known = this.tiles.get(cell);
    if (known) return known;
    const tile = fetch(`/places/cells/${cell}.geojson`).then(async (response) => {
      if (!response.ok) throw new Error(`places: ${response.status} ${response.statusText}`);
      return placesOf(await response.json());
    });
    this.tiles.set(cell, tile);
    tile.catch(() => this.tiles.delete(cell));
    return tile;
  }
}

function byRow(places: Place[]): Place[] {
  return places.sort((a, b) => a.row - b.row);
}
