import type { Me, Role } from '../../session'

// Who may what here, as cases/role.go says; the server decides.
export const appointing: Role[] = ['head', 'system_admin', 'supervisor']
export const watching: Role[] = ['supervisor', 'town_leader', 'desk', 'manager', 'head', 'bureau', 'body']
export const keeping: Role[] = ['system_admin']
export const securing: Role[] = ['security_admin']

const administrators = ['system_admin', 'security_admin', 'audit_admin']

export const roleOf = (post: string) => (post.split('/')[1] ?? '').split('#')[0] ?? ''

/** Whether somebody says who holds a post. */
export function mayAppoint(me: Me, post: string): boolean {
  const role = roleOf(post)
  return me.posts.some((own) => {
    if (administrators.includes(role)) return own.role === 'system_admin'
    if (own.role === 'head' || own.role === 'system_admin') return true
    return own.role === 'supervisor' && role === 'director' && post.startsWith(`village:${own.post.slice('town:'.length, 'town:'.length + 9)}`)
  })
}

/** Whether two posts may be one person's (三权分立). */
export function separate(a: string, b: string): boolean {
  const [x, y] = [roleOf(a), roleOf(b)]
  return x === y || (!administrators.includes(x) && !administrators.includes(y))
}
