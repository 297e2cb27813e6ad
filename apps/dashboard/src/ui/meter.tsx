import { percentText } from '../words/amounts.ts'

/** How full something is. Calm until it matters. */
export function Meter({ percent, label }: { readonly percent: number; readonly label: string }) {
  const tone = percent >= 90 ? 'bad' : percent >= 75 ? 'warn' : 'good'
  const width = `${Math.min(100, Math.max(0, percent))}%`
  return (
    <span
      className="oak-meter"
      data-tone={tone}
      role="meter"
      aria-label={label}
      aria-valuenow={Math.round(percent)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span className="oak-meter-track">
        <span className="oak-meter-fill" style={{ width, display: 'block' }} />
      </span>
      <span className="oak-meter-text">{percentText(percent)}</span>
    </span>
  )
}
