/** Ids of applications, services, users and organizations; clients build addresses from `_id.$oid`. `reference/experience.md` 1.5. */
export interface WireId {
  readonly $oid: string
}

export function toWireId(id: string): WireId {
  return { $oid: id }
}

/** Larger numbers are written with an exponent, which not every client reads. */
const PLAIN_MAX = 1e20

/** Measured values of instances travel as text with six decimals. `reference/experience.md` 2.3. */
export function decimalText(value: number): string {
  return (Number.isFinite(value) ? Math.min(value, PLAIN_MAX) : 0).toFixed(6)
}

/** Fields that clients decode into integers: 3.5 would fail the whole command. */
export function wholeNumber(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0
}

/** Epoch seconds with a fraction. */
export function epochSeconds(ms: number): number {
  return ms / 1000
}

/** The date of users: `dd/MM/YYYY HH:MM`, in UTC. `reference/orchestration.md` 2.2. */
export function dayAndMinute(ms: number): string {
  const [date = '', time = ''] = new Date(ms).toISOString().split('T')
  return `${date.split('-').reverse().join('/')} ${time.slice(0, 5)}`
}
