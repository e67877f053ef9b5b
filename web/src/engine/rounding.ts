/** Nearest whole number, halves to the even one: as NumPy and OpenCV round. */
export function rint(value: number): number {
  const up = Math.floor(value + 0.5);
  return up - value === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
