/** Three tiers: a root, its clusters, their nodes. */
export function LoginArt() {
  return (
    <figure className="oak-login-art" style={{ margin: 0 }} aria-hidden="true">
      <svg viewBox="0 0 600 800" preserveAspectRatio="xMidYMid slice">
        <g fill="none" stroke="#ffffff" strokeOpacity="0.22" strokeWidth="1.4">
          {CLUSTERS.map(({ x, y, leaves }) => (
            <g key={x}>
              <path d={`M300 470 C300 ${y + 90} ${x} ${y + 120} ${x} ${y}`} />
              {leaves.map(([lx, ly]) => (
                <path key={`${lx}/${ly}`} d={`M${x} ${y} Q${(x + lx) / 2 + 8} ${(y + ly) / 2 - 10} ${lx} ${ly}`} />
              ))}
            </g>
          ))}
          <path d="M300 470 V640" strokeOpacity="0.3" strokeWidth="2.4" />
        </g>
        <g fill="#eafff4">
          <circle cx="300" cy="470" r="11" />
          {CLUSTERS.map(({ x, y, leaves }) => (
            <g key={x}>
              <circle cx={x} cy={y} r="7" fillOpacity="0.92" />
              {leaves.map(([lx, ly], index) => (
                <circle key={`${lx}/${ly}`} cx={lx} cy={ly} r={index % 3 === 0 ? 4.5 : 3.4} fillOpacity={0.5 + (index % 3) * 0.15} />
              ))}
            </g>
          ))}
        </g>
      </svg>
      <figcaption>From one root to the last node at the edge: everything goes on when a link is cut.</figcaption>
    </figure>
  )
}

const CLUSTERS: readonly { readonly x: number; readonly y: number; readonly leaves: readonly (readonly [number, number])[] }[] = [
  {
    x: 150,
    y: 300,
    leaves: [
      [70, 250],
      [96, 190],
      [150, 176],
      [206, 214],
      [60, 318],
    ],
  },
  {
    x: 300,
    y: 210,
    leaves: [
      [240, 140],
      [284, 96],
      [338, 104],
      [370, 158],
    ],
  },
  {
    x: 456,
    y: 290,
    leaves: [
      [408, 214],
      [462, 186],
      [522, 222],
      [546, 288],
      [516, 346],
      [430, 362],
    ],
  },
]
