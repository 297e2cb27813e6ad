import { Page } from '../../ui/page.tsx'
export function AddServicePage() {
  return <Page title="Editor">{null}</Page>
}
