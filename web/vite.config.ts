import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Two entries: the console (antd) and the pages of the public, which stay small enough for a cheap phone.
export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    manifest: true,
    rollupOptions: { input: { console: 'index.html', public: 'public.html' } },
  },
  server: {
    proxy: { '/api': { target: process.env.TONGHU_URL ?? 'http://127.0.0.1:8365', changeOrigin: false } },
  },
})
