import { Meter } from '../../ui/meter.tsx'
import { Card } from '../../ui/page.tsx'
import { bytesText } from '../../words/amounts.ts'
import { useBeat } from '../infrastructure.ts'
import { samplesOf, sumOf } from '../numbers.ts'
import { Fact } from './components.tsx'

/** What is on the disk, and how much room there is. */
export function StorageCard() {
  const { families } = useBeat()
  const free = sumOf(families, 'oak_disk_free_bytes')
  const ratio = samplesOf(families, 'oak_disk_free_ratio')[0]?.value
  const stores = samplesOf(families, 'oak_store_bytes')
  return (
    <Card title="Store and disk">
      <dl className="oak-facts">
        {ratio === undefined ? null : (
          <>
            <dt>Disk used</dt>
            <dd>
              <Meter percent={(1 - ratio) * 100} label="Disk used" />
            </dd>
          </>
        )}
        {free === undefined ? null : <Fact name="Disk free" value={bytesText(free)} />}
        {stores.map(({ labels, value }) => (
          <Fact key={labels['store'] ?? ''} name={`Store ${labels['store'] ?? ''}`} value={bytesText(value)} />
        ))}
      </dl>
    </Card>
  )
}
