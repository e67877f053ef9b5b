/** A place of a tile. */
export interface Place {
  id: string;
  row: number;
  name: string;
  nameEn: string | null;
  type: string;
  lat: number;
  lon: number;
  prominence: number;
  wheelchair: string | null;
  price: number | null;
  minAge: number | null;
  hours: string | null;
  /** pairs of times at which it is open, milliseconds since 1970; null where hours are not known */
  open: [number, number | null][] | null;
  /** the times hold from here ... */
  knownFromMs: number;
  /** ... to here */
  knownToMs: number;
}

interface Tile {
  open_from_ms: number;
  open_to_ms: number;
  features: {
    id: string;
    geometry: { coordinates: [number, number] };
    properties: Record<string, unknown>;
  }[];
}

export function placesOf(tile: Tile): Place[] {
  return tile.features.map(({ id, geometry, properties }) => ({
    id,
    row: properties.row as number,
    name: properties.name as string,
    nameEn: (properties.name_en as string | undefined) ?? null,
    type: properties.type as string,
    lat: geometry.coordinates[1],
    lon: geometry.coordinates[0],
    prominence: properties.prominence as number,
    wheelchair: (properties.wheelchair as string | undefined) ?? null,
    price: (properties.price as number | undefined) ?? null,
    minAge: (properties.min_age as number | undefined) ?? null,
    hours: (properties.opening_hours as string | undefined) ?? null,
    open: (properties.open as Place["open"] | undefined) ?? null,
    knownFromMs: tile.open_from_ms,
    knownToMs: tile.open_to_ms,
  }));
}

/** Great-circle distance, metres. */
export function distanceM(a: readonly [number, number], b: readonly [number, number], radiusM: number): number {
  const radians = Math.PI / 180;
  const half =
    Math.sin(((b[0] - a[0]) * radians) / 2) ** 2 +
    Math.cos(a[0] * radians) * Math.cos(b[0] * radians) * Math.sin(((b[1] - a[1]) * radians) / 2) ** 2;
  return 2 * radiusM * Math.asin(Math.sqrt(Math.min(Math.max(half, 0), 1)));
}
