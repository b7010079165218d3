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
  HomeOutlined,
  SafetyOutlined,
  SearchOutlined,
  TeamOutlined,
  UnlockOutlined,
} from '@ant-design/icons'
import type { ComponentType, LazyExoticComponent, ReactNode } from 'react'

import { withWords } from '../i18n/load'
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
/** Who opens a temporary guardianship without a report. */
export const finding: Role[] = ['supervisor', 'desk', 'manager', 'head', 'shelter', 'police', 'procurator']
/** Who may look for a child. */
export const searching: Role[] = ['supervisor', 'desk', 'manager', 'head', 'bureau', 'shelter', 'police']

export const pages: Page[] = [
  { path: '/', name: 'work', icon: <AlertOutlined />, roles: business, view: withWords(() => import('./pages/work'), 'ack', 'behind', 'engine', 'export', 'views', 'why', 'work') },
  { path: '/cases', name: 'cases', icon: <FolderOpenOutlined />, roles: business, view: withWords(() => import('./pages/cases'), 'cases', 'engine', 'export', 'views') },
  { path: '/cases/:id', name: 'case', hidden: true, view: withWords(() => import('./pages/case'), 'ack', 'case', 'engine', 'panels', 'why') },
  { path: '/unit', name: 'unit', icon: <BankOutlined />, roles: ['unit_head'], view: withWords(() => import('./pages/unit'), 'mine') },
  { path: '/file', name: 'file', icon: <FileAddOutlined />, roles: filers, view: withWords(() => import('./pages/file'), 'file', 'filing') },
  { path: '/finding', name: 'finding', icon: <HomeOutlined />, roles: finding, view: withWords(() => import('./pages/finding'), 'engine', 'filing', 'finding') },
  { path: '/mine', name: 'mine', icon: <FileSearchOutlined />, roles: filers, view: withWords(() => import('./pages/mine'), 'mine') },
  { path: '/notices', name: 'notices', icon: <BellOutlined />, view: withWords(() => import('./pages/notices'), 'ack', 'engine', 'why') },
  { path: '/supervision', name: 'supervision', icon: <BarChartOutlined />, roles: leaders, view: withWords(() => import('./pages/supervision'), 'engine', 'export', 'rules', 'supervision') },
  { path: '/rules', name: 'rules', icon: <BookOutlined />, roles: [...leaders, 'system_admin'], view: withWords(() => import('./pages/rules'), 'engine', 'rules', 'why') },
  { path: '/people', name: 'people', icon: <TeamOutlined />, view: withWords(() => import('./pages/people'), 'engine', 'people') },
  { path: '/search', name: 'search', icon: <SearchOutlined />, roles: searching, view: withWords(() => import('./pages/search'), 'engine') },
  { path: '/audit', name: 'audit', icon: <AuditOutlined />, roles: ['audit_admin'], view: withWords(() => import('./pages/audit'), 'audit') },
  { path: '/looks/:id', name: 'looks', hidden: true, view: withWords(() => import('./pages/looks'), 'engine', 'looks') },
  { path: '/break-glass', name: 'glass', icon: <UnlockOutlined />, roles: ['head', 'bureau', 'body', 'security_admin', 'audit_admin'], view: withWords(() => import('./pages/glass'), 'engine', 'glass') },
  { path: '/health', name: 'health', icon: <HeartOutlined />, roles: ['system_admin', 'head', 'desk', 'audit_admin', 'security_admin'], view: withWords(() => import('./pages/health'), 'health') },
  { path: '/account', name: 'account', icon: <SafetyOutlined />, hidden: true, view: withWords(() => import('./pages/account'), 'account', 'engine', 'signin') },
]

/** The pages in a person's menu, in order. */
export function menuOf(me: Me): Page[] {
  return pages.filter((p) => !p.hidden && (!p.roles || hasRole(me, ...p.roles)))
}
