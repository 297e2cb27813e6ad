/** `key=value`, side by side. */
export function Labels({ labels }: { readonly labels: readonly string[] }) {
  return (
    <span className="oak-labels">
      {labels.map((label) => (
        <span key={label} className="oak-label">
          {label}
        </span>
      ))}
    </span>
  )
}
