import { Card, Page } from '../../ui/page.tsx'

const KEYS = [
  ['Ctrl K or /', 'search and go to'],
  ['Tab, Enter', 'everything on a page'],
  ['Esc', 'close what is open'],
] as const

const ANSWERS = [
  [
    'Why does my instance not run?',
    'Its service says so at the top of its page: in words, and for each cluster or node that was asked, why it was turned down. The timeline tells what happened before.',
  ],
  [
    'How do instances reach each other?',
    'By the service address, which stays while instances come and go: 10.30.… is balanced between all of them. The page of the service lists its addresses.',
  ],
  [
    'What goes on when root is away?',
    'Everything that runs, restarts after crashes, and the network between services. Changes wait until root is back. This page says when what it shows is old.',
  ],
  ['How do I bring in another machine?', 'Clusters, the menu of a cluster, “Join a node”: one command to copy.'],
] as const

export function HelpPage() {
  return (
    <Page title="Help" subtitle="Short answers. Long ones are in the documentation that comes with the program.">
      <div className="oak-grid-2">
        {ANSWERS.map(([question, answer]) => (
          <Card key={question} title={question}>
            <p>{answer}</p>
          </Card>
        ))}
        <Card title="Keys">
          <dl className="oak-facts">
            {KEYS.map(([key, what]) => (
              <div key={key} style={{ display: 'contents' }}>
                <dt className="oak-mono">{key}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </Card>
        <Card title="The same by other means">
          <p>
            Everything here goes through the{' '}
            <a className="oak-link" href="/api/docs">
              API
            </a>
            , and can be done with the command <span className="oak-mono">oak</span> as well.
          </p>
        </Card>
      </div>
    </Page>
  )
}
