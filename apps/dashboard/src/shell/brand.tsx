import mark from '../assets/oak.svg'

export function Brand() {
  return (
    <div className="oak-brand">
      <img src={mark} width={28} height={28} alt="" />
      Oakestra
    </div>
  )
}
