import { Page } from '../../ui/page.tsx'
export function UpdateServicePage() {
  return <Page title="Editor">{null}</Page>
}
