/** The profile of one person, in the names of profile.json (schema 1). */
export interface PersonProfile {
  id: number;
  observed_s: number;
  fer7: Record<string, number>;
  emopoi8: Record<string, number>;
  valence: number;
  arousal: number;
  variability: number;
  confidence: number;
  abstained: boolean;
  age: { median: number; low90: number; high90: number } | null;
  gender: { female: number } | null;
}

/** The only thing that reaches places and pages. No picture and no identity is in it. */
export interface EmotionProfile {
  schema: 1;
  source: string;
  modalities: string[];
  people: PersonProfile[];
}

/** Who was seen longest. */
export function mainPerson(profile: EmotionProfile | null): PersonProfile | null {
  return (profile?.people ?? []).reduce<PersonProfile | null>(
    (best, one) => (best === null || one.observed_s > best.observed_s ? one : best),
    null,
  );
}

export function leadingState(person: PersonProfile): [string, number] {
  return Object.entries(person.emopoi8).reduce((best, one) => (one[1] > best[1] ? one : best));
}
