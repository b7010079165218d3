import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, chmodSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A whole product with its own data, or the one that TONGHU_URL names. */
export interface Instance {
  url: string
  stop: () => Promise<void>
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** Starts bin/tonghu-standalone (or TONGHU_BIN) under a policy and waits until it is ready. */
export async function startInstance(policy = 'anqiu', env: Record<string, string> = {}): Promise<Instance> {
  if (process.env.TONGHU_URL) return { url: process.env.TONGHU_URL, stop: async () => {} }
  const dir = mkdtempSync(join(tmpdir(), 'tonghu-web-'))
  chmodSync(dir, 0o755) // as root, PostgreSQL runs as another user
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const log = openSync(join(dir, 'log'), 'a')
  const binary = process.env.TONGHU_BIN ?? join(import.meta.dirname, '../../bin/tonghu-standalone')
  const child = spawn(binary, ['up'], {
    env: { ...process.env, ...env, TONGHU_LISTEN: `127.0.0.1:${port}`, TONGHU_DATA: join(dir, 'data'), TONGHU_POLICY: policy },
    stdio: ['ignore', log, log],
  })
  const stop = () => end(child).finally(() => rmSync(dir, { recursive: true, force: true }))
  try {
    await ready(url, child)
  } catch (error) {
    const tail = readFileSync(join(dir, 'log'), 'utf8').split('\n').slice(-20).join('\n')
    await stop()
    throw new Error(`the instance did not start:\n${tail}`, { cause: error })
  }
  return { url, stop }
}

async function ready(url: string, child: ChildProcess) {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error('the instance ended')
    try {
      if ((await fetch(`${url}/readyz`)).ok) return
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the instance is not ready in time')
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** The password of a demo person, from deploy/demo/people.csv. */
export function passwordOf(login: string): string {
  const rows = readFileSync(join(import.meta.dirname, '../../deploy/demo/people.csv'), 'utf8').split('\n')
  const row = rows.find((r) => r.startsWith(`${login},`))
  if (!row) throw new Error(`nobody has the login ${login}`)
  return row.split(',')[1] ?? ''
}
