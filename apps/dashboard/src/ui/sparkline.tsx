const WIDTH = 64
const HEIGHT = 18

/** The course of a few numbers; the number itself stands beside it. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return null
  const max = Math.max(...values, 1)
  const points = values.map(
    (value, index) => `${((index / (values.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - (value / max) * (HEIGHT - 3)).toFixed(1)}`,
  )
  return (
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true" style={{ flex: 'none' }}>
      <polyline points={points.join(' ')} fill="none" stroke="var(--oak-series-1)" strokeWidth="1.4" strokeLinejoin="round" />
    </svg>
  )
}
