import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'

/** Text to take along: a command, a token. */
export function CopyBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="oak-copy">
      <pre className="oak-mono" tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <CopyIcon text={text} label={label} />
    </div>
  )
}

export function CopyIcon({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <CopyButton value={text} timeout={1600}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : `Copy ${label}`}>
          <ActionIcon onClick={copy} aria-label={`Copy ${label}`} size="lg" color={copied ? 'oak' : 'gray'}>
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  )
}

/** A short value such as an address, with its copy button beside it. */
export function CopyValue({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 2 }}>
      <span className="oak-mono">{text}</span>
      <CopyButton value={text} timeout={1600}>
        {({ copied, copy }) => (
          <ActionIcon onClick={copy} aria-label={`Copy ${label}`} size="sm" color={copied ? 'oak' : 'gray'}>
            {copied ? <IconCheck size={13} /> : <IconCopy size={13} />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  )
}
