// Completes package-lock.json after `npm install` against a registry that lacks packages of other platforms.
// npm leaves those out of the lock file, and `npm ci` then refuses it. They are named here with the platform that their
// name tells, so that they are skipped wherever they do not fit.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32', 'aix', 'wasm32']
const libc = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }
const processors = { arm: 'arm', arm64: 'arm64', x64: 'x64', ia32: 'ia32', ppc64: 'ppc64', riscv64: 'riscv64', s390x: 's390x', loong64: 'loong64' }

for (const parent of Object.values(lock.packages)) {
  delete parent.resolved
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    if (lock.packages[path] || Object.keys(lock.packages).some((p) => p.endsWith(`/${path}`))) continue
    const parts = name.split(/[-/]/)
    const os = parts.find((p) => systems.includes(p))
    if (!os) continue
    const entry = { version, optional: true, os: [os] }
    const cpu = parts.map((p) => processors[p]).filter(Boolean)
    if (cpu.length) entry.cpu = cpu
    const c = parts.map((p) => libc[p]).filter(Boolean)
    if (os === 'linux' && c.length) entry.libc = c
    if (parent.dev) entry.dev = true
    lock.packages[path] = entry
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
