// Seconds as the configuration writes them.

/** `5m` for 300. */
export function writtenTime(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
