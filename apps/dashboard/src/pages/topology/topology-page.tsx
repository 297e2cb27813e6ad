import { Page } from '../../ui/page.tsx'
export function TopologyPage() {
  return <Page title="Topology">{null}</Page>
}
