/** Stands where lines will be. Says so once to those who do not see it. */
export function Bones({ rows = 4, height = 18 }: { readonly rows?: number; readonly height?: number }) {
  return (
    <div role="status" aria-label="Loading" style={{ display: 'flex', flexDirection: 'column', gap: 18, padding: 20 }}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="oak-bone" style={{ height, width: `${92 - ((row * 17) % 38)}%` }} />
      ))}
    </div>
  )
}

/** The place of a whole page. */
export function PageBones() {
  return (
    <div className="oak-page">
      <div className="oak-bone" style={{ height: 28, width: 240 }} />
      <div className="oak-card">
        <Bones rows={6} />
      </div>
    </div>
  )
}
