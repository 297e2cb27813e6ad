import '../platform/zod-config.ts'
import '../styles/base.css'
import '@fontsource-variable/inter'
import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import '../styles/parts.css'
import '../styles/shell.css'
import './infrastructure.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { AppServicesProvider, createAppServices } from '../app-services.ts'
import { theme } from '../theme.ts'
import { Door } from './access/door.tsx'

const services = createAppServices()
const place = document.querySelector('#root')
if (!place) throw new Error('the page has no place for the application')

createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={4} />
      <AppServicesProvider value={services}>
        <QueryClientProvider client={services.queries}>
          <Door />
        </QueryClientProvider>
      </AppServicesProvider>
    </MantineProvider>
  </StrictMode>,
)
