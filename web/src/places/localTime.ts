/** A moment as a clock on the wall of the places shows it. */
export interface LocalTime {
  /** 0 Monday .. 6 Sunday */
  weekday: number;
  hour: number;
  minute: number;
  /** days since 1970, by the local calendar */
  day: number;
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/** Parts of a day by hour: night, breakfast, late morning, lunch, afternoon, evening, late. */
const PART_OF_HOUR = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6];

export function localTime(atMs: number, timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timeZone || undefined,
    weekday: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(atMs).map((part) => [part.type, part.value]));
  return {
    weekday: WEEKDAYS.indexOf(parts.weekday!),
    hour: Number(parts.hour),
    minute: Number(parts.minute),
    day: Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day)) / 86_400_000,
  };
}

/** 0..13, as `recommender/ranking/contexts.py`. */
export function partOfWeek({ weekday, hour }: LocalTime): number {
  return PART_OF_HOUR[hour]! + (weekday >= 5 ? 7 : 0);
}

/** When a walk in a park can be suggested without a second thought. */
export function isDay({ hour }: LocalTime): boolean {
  return hour >= 7 && hour < 22;
}
