import { createTheme, type MantineColorsTuple } from '@mantine/core'

/** The green of an oak's leaf. Shade 7 carries white text with more than 4.5 : 1, by day and by night. */
const oak: MantineColorsTuple = [
  '#eefaf3',
  '#d9f2e4',
  '#b3e4c9',
  '#86d3aa',
  '#5cc18d',
  '#3fae77',
  '#2f9665',
  '#1f7a52',
  '#186243',
  '#104a32',
]

/** Greys with a little green in them, so that surfaces and the accent belong together. */
const gray: MantineColorsTuple = [
  '#f6f7f5',
  '#eef1ed',
  '#e3e8e2',
  '#d3dad4',
  '#b7c1ba',
  '#8f9c94',
  '#59675f',
  '#43504a',
  '#2c3631',
  '#1a211d',
]

const dark: MantineColorsTuple = [
  '#e4ebe6',
  '#c1ccc5',
  '#98a69e',
  '#6d7c74',
  '#2d3833',
  '#242d29',
  '#171d1a',
  '#0f1412',
  '#0b0f0d',
  '#070a09',
]

/** Dark enough for text on white. */
const red: MantineColorsTuple = [
  '#fdecea',
  '#f9d3d0',
  '#f5b3ae',
  '#f2958d',
  '#e9665c',
  '#d9443b',
  '#b3261e',
  '#b3261e',
  '#8f1d17',
  '#6d1511',
]

export const theme = createTheme({
  colors: { oak, gray, dark, red },
  primaryColor: 'oak',
  primaryShade: 7,
  autoContrast: true,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '620' },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '20px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Menu: { defaultProps: { shadow: 'lg', radius: 'md', position: 'bottom-end', withinPortal: true } },
    Modal: { defaultProps: { radius: 'lg', padding: 'lg', centered: true, transitionProps: { transition: 'pop', duration: 120 } } },
    Tooltip: {
      defaultProps: { openDelay: 250, multiline: true, maw: 360, withArrow: true, events: { hover: true, focus: true, touch: true } },
    },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
  },
})
