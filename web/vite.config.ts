import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

// As web/embed.go serves it: the public's paths have a page of their own.
const publicPages = /^\/(report|help|receipt)(\/|\?|$)/
const entries: Plugin = {
  name: 'entries',
  configureServer(server) {
    server.middlewares.use((request, _, next) => {
      if (publicPages.test(request.url ?? '')) request.url = '/public.html'
      next()
    })
  },
}

// Two entries: the console (antd) and the pages of the public, which stay small enough for a cheap phone.
export default defineConfig({
  plugins: [react(), entries],
  build: {
    target: 'es2022',
    manifest: true,
    rollupOptions: { input: { console: 'index.html', public: 'public.html' } },
  },
  server: {
    proxy: { '/api': { target: process.env.TONGHU_URL ?? 'http://127.0.0.1:8365', changeOrigin: false } },
  },
})
