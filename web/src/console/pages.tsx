import {
  AlertOutlined,
  AuditOutlined,
  BarChartOutlined,
  BellOutlined,
  BankOutlined,
  BookOutlined,
  FileAddOutlined,
  FileSearchOutlined,
  FolderOpenOutlined,
  HeartOutlined,
  SafetyOutlined,
  SearchOutlined,
  TeamOutlined,
  UnlockOutlined,
} from '@ant-design/icons'
import { lazy, type ComponentType, type LazyExoticComponent, type ReactNode } from 'react'

import { hasRole, type Me, type Role } from './session'

/** A page of the console: one row here, one folder under pages/, one namespace of words. */
export interface Page {
  path: string
  /** Words: nav:<name>. */
  name: string
  icon?: ReactNode
  /** Who has it in the menu; everyone where absent. The server decides what is shown on it. */
  roles?: Role[]
  /** Not in the menu. */
  hidden?: boolean
  view: LazyExoticComponent<ComponentType>
}

const business: Role[] = [
  'director', 'supervisor', 'town_leader', 'desk', 'manager', 'head', 'bureau', 'body', 'shelter', 'police', 'procurator', 'liaison', 'social_worker',
]
const leaders: Role[] = ['supervisor', 'town_leader', 'desk', 'manager', 'head', 'bureau', 'body']

const filers: Role[] = ['desk', 'supervisor', 'director', 'reporter', 'unit_head']
/** Who may look for a child. */
export const searching: Role[] = ['supervisor', 'desk', 'manager', 'head', 'bureau', 'shelter', 'police']

export const pages: Page[] = [
  { path: '/', name: 'work', icon: <AlertOutlined />, roles: business, view: lazy(() => import('./pages/work')) },
  { path: '/cases', name: 'cases', icon: <FolderOpenOutlined />, roles: business, view: lazy(() => import('./pages/cases')) },
  { path: '/cases/:id', name: 'case', hidden: true, view: lazy(() => import('./pages/case')) },
  { path: '/unit', name: 'unit', icon: <BankOutlined />, roles: ['unit_head'], view: lazy(() => import('./pages/unit')) },
  { path: '/file', name: 'file', icon: <FileAddOutlined />, roles: filers, view: lazy(() => import('./pages/file')) },
  { path: '/mine', name: 'mine', icon: <FileSearchOutlined />, roles: filers, view: lazy(() => import('./pages/mine')) },
  { path: '/notices', name: 'notices', icon: <BellOutlined />, view: lazy(() => import('./pages/notices')) },
  { path: '/supervision', name: 'supervision', icon: <BarChartOutlined />, roles: leaders, view: lazy(() => import('./pages/supervision')) },
  { path: '/rules', name: 'rules', icon: <BookOutlined />, roles: [...leaders, 'system_admin'], view: lazy(() => import('./pages/rules')) },
  { path: '/people', name: 'people', icon: <TeamOutlined />, view: lazy(() => import('./pages/people')) },
  { path: '/search', name: 'search', icon: <SearchOutlined />, roles: searching, view: lazy(() => import('./pages/search')) },
  { path: '/audit', name: 'audit', icon: <AuditOutlined />, roles: ['audit_admin'], view: lazy(() => import('./pages/audit')) },
  { path: '/looks/:id', name: 'looks', hidden: true, view: lazy(() => import('./pages/looks')) },
  { path: '/break-glass', name: 'glass', icon: <UnlockOutlined />, roles: ['head', 'bureau', 'body', 'security_admin', 'audit_admin'], view: lazy(() => import('./pages/glass')) },
  { path: '/health', name: 'health', icon: <HeartOutlined />, roles: ['system_admin', 'head', 'desk', 'audit_admin', 'security_admin'], view: lazy(() => import('./pages/health')) },
  { path: '/account', name: 'account', icon: <SafetyOutlined />, hidden: true, view: lazy(() => import('./pages/account')) },
]

/** The pages in a person's menu, in order. */
export function menuOf(me: Me): Page[] {
  return pages.filter((p) => !p.hidden && (!p.roles || hasRole(me, ...p.roles)))
}
