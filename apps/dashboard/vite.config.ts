import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const local = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Where `npm run dev` finds a root; the built page asks the server it came from. */
const API = process.env['OAK_API'] ?? 'http://127.0.0.1:10000'

export default defineConfig({
  root: local('.'),
  plugins: [react()],
  resolve: {
    // Packages that a page shares with the programs name it in files whose other parts the page uses.
    alias: { 'node:crypto': local('./src/platform/node-crypto.ts'), 'node:util': local('./src/platform/node-util.ts') },
  },
  build: {
    target: 'es2022',
    // Addresses as data would need a weaker Content-Security-Policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: local('./index.html'), infrastructure: local('./infrastructure.html') } },
  },
  server: { port: 5173, proxy: { '/api': { target: API, changeOrigin: true } } },
})
