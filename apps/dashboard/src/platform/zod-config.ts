// The policy of the page forbids code out of texts, which zod would try, and the browser would report.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })
