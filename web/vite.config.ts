import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

import { ofTheServer } from './src/i18n/engine.ts'

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

/** What only the server says is taken out of the words that browsers load. */
const engineWords: Plugin = {
  name: 'engine-words',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/api\/locales\/[\w-]+\.json$/.test(id)) return null
    const words = Object.entries(JSON.parse(code) as Record<string, string>)
    return { code: JSON.stringify(Object.fromEntries(words.filter(([key]) => !ofTheServer.test(key)))), map: null }
  },
}

/** Each file that browsers load lies compressed beside itself, as small as it gets: the server need not do it again and again. */
const squeezed: Plugin = {
  name: 'squeezed',
  apply: 'build',
  writeBundle(options, bundle) {
    for (const name of Object.keys(bundle)) {
      if (!/^assets\/.*\.(js|css|svg)$/.test(name)) continue
      const path = join(options.dir ?? '', name)
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
    }
  },
}

/** The font of the papers that the server sets as PDF goes into the binary with the build, and its licence (OFL) with it. */
const paperFont: Plugin = {
  name: 'paper-font',
  apply: 'build',
  generateBundle() {
    const from = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/noto-sans-sc/package.json'))
    this.emitFile({ type: 'asset', fileName: 'fonts/NotoSansSC-Regular.ttf', source: readFileSync(join(from, '400Regular/NotoSansSC_400Regular.ttf')) })
    this.emitFile({ type: 'asset', fileName: 'fonts/OFL.txt', source: readFileSync(join(from, 'LICENSE_FONT')) })
  },
}

// Two entries: the console (antd) and the pages of the public, which stay small enough for a cheap phone.
export default defineConfig({
  plugins: [react(), entries, engineWords, squeezed, paperFont],
  build: {
    target: 'es2022',
    manifest: true,
    rolldownOptions: {
      input: { console: 'index.html', public: 'public.html' },
      output: {
        // What the public's first page needs comes in few files: over HTTP/1.1 a browser asks for six at a time, and on a slow
        // network each further turn is another journey.
        codeSplitting: {
          groups: [
            { name: 'base', test: /node_modules\/(react|react-dom|scheduler|i18next|react-i18next|openapi-fetch|use-sync-external-store|html-parse-stringify|void-elements)\/|src\/(i18n\/index|api\/client|evidence|unsaved|wall)\.ts|vite\/(preload-helper|modulepreload-polyfill)|rolldown\/runtime/ },
            { name: 'filing', test: /src\/filing\/|src\/locales\/zh-CN\/(filing|public)\.json/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/api': { target: process.env.TONGHU_URL ?? 'http://127.0.0.1:8365', changeOrigin: false } },
  },
})
